using System.Buffers;
using System.Text;

namespace Grains.Json;

/// <summary>
/// JSON strings to and from text. One spelling is written for each text (RFC 8259 section 7): <c>\"</c>, <c>\\</c>, <c>\u00xx</c> for
/// what is below a space, everything else as UTF-8; half a surrogate pair, which UTF-8 cannot hold, as <c>\udxxx</c>.
/// </summary>
public static class JsonText
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    // Surrogates too: half a pair is written as an escape.
    private static readonly SearchValues<char> SpecialChars = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0xD800, 0x800)).Select(i => (char)i), '"', '\\']);

    /// <summary>Appends <paramref name="text"/> as a JSON string with its quotes.</summary>
    public static void AppendString(Utf8Buffer to, ReadOnlySpan<char> text)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.Append((byte)'"');
        Span<byte> utf8 = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) == OperationStatus.Done)
                AppendEscaped(to, utf8[..rune.EncodeToUtf8(utf8)]);
            else
                AppendUnicodeEscape(to, text[0]);
            text = text[used..];
        }

        to.Append((byte)'"');
    }

    /// <summary>Bytes that <see cref="AppendString"/> appends.</summary>
    public static long LengthOf(ReadOnlySpan<char> text)
    {
        var bytes = 2L;
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(SpecialChars);
            if (plain < 0)
                plain = text.Length;
            bytes += Encoding.UTF8.GetByteCount(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty)
                break;
            var whole = Rune.DecodeFromUtf16(text, out var rune, out var used) == OperationStatus.Done;
            bytes += !whole ? 6 : rune.Value is '"' or '\\' ? 2 : rune.Value < ' ' ? 6 : rune.Utf8SequenceLength;
            text = text[used..];
        }

        return bytes;
    }

    /// <summary>Bytes that <see cref="AppendUtf8String"/> appends.</summary>
    public static long LengthOfUtf8(ReadOnlySpan<byte> utf8)
    {
        var bytes = 2L + utf8.Length;
        while (utf8.IndexOfAny(Special) is var at and >= 0)
        {
            bytes += utf8[at] is (byte)'"' or (byte)'\\' ? 1 : 5;
            utf8 = utf8[(at + 1)..];
        }

        return bytes;
    }

    /// <summary>Appends UTF-8 text as a JSON string with its quotes.</summary>
    public static void AppendUtf8String(Utf8Buffer to, ReadOnlySpan<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.Append((byte)'"');
        AppendEscaped(to, utf8);
        to.Append((byte)'"');
    }

    /// <summary>Appends a string body that is already between its quotes in valid JSON, with the one spelling of each escape.</summary>
    public static void AppendNormalized(Utf8Buffer to, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(to);
        Span<byte> utf8 = stackalloc byte[4];
        while (true)
        {
            var slash = body.IndexOf((byte)'\\');
            to.Append(slash < 0 ? body : body[..slash]);
            if (slash < 0)
                return;
            body = body[slash..];
            var unit = ReadEscape(body, out var used);
            body = body[used..];
            if (char.IsHighSurrogate(unit) && body.StartsWith("\\u"u8) && ReadEscape(body, out used) is var low && char.IsLowSurrogate(low))
            {
                to.Append(utf8[..new Rune(unit, low).EncodeToUtf8(utf8)]);
                body = body[used..];
            }
            else if (char.IsSurrogate(unit))
            {
                AppendUnicodeEscape(to, unit);
            }
            else
            {
                AppendEscaped(to, utf8[..new Rune(unit).EncodeToUtf8(utf8)]);
            }
        }
    }

    /// <summary>The text of one JSON string literal, quotes included.</summary>
    public static string Decode(ReadOnlySpan<byte> literal)
    {
        var body = literal[1..^1];
        if (!body.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(body);
        var text = new StringBuilder(body.Length);
        while (!body.IsEmpty)
        {
            var slash = body.IndexOf((byte)'\\');
            text.Append(Encoding.UTF8.GetString(slash < 0 ? body : body[..slash]));
            body = slash < 0 ? default : body[slash..];
            if (body.IsEmpty)
                break;
            text.Append(ReadEscape(body, out var used));
            body = body[used..];
        }

        return text.ToString();
    }

    private static char ReadEscape(ReadOnlySpan<byte> text, out int used)
    {
        used = 2;
        switch (text[1])
        {
            case (byte)'b': return '\b';
            case (byte)'f': return '\f';
            case (byte)'n': return '\n';
            case (byte)'r': return '\r';
            case (byte)'t': return '\t';
            case (byte)'u':
                used = 6;
                return (char)ushort.Parse(text[2..6], System.Globalization.NumberStyles.AllowHexSpecifier, null);
            default: return (char)text[1];
        }
    }

    private static void AppendEscaped(Utf8Buffer to, ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            var at = utf8.IndexOfAny(Special);
            to.Append(at < 0 ? utf8 : utf8[..at]);
            if (at < 0)
                return;
            var special = utf8[at];
            if (special is (byte)'"' or (byte)'\\')
            {
                to.Append((byte)'\\');
                to.Append(special);
            }
            else
            {
                AppendUnicodeEscape(to, (char)special);
            }

            utf8 = utf8[(at + 1)..];
        }
    }

    private static void AppendUnicodeEscape(Utf8Buffer to, char unit)
    {
        Span<byte> escape = stackalloc byte[6];
        "\\u"u8.CopyTo(escape);
        for (var i = 0; i < 4; i++)
            escape[2 + i] = "0123456789abcdef"u8[(unit >> (12 - (4 * i))) & 15];
        to.Append(escape);
    }
}
