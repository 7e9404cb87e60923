using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols.Json;

/// <summary>
/// JSON straight onto the output. Values that are JSON already are copied as they are. Strings are escaped as little as JSON asks for
/// (quote, backslash, control characters), so text stays readable and short.
/// </summary>
internal static class JsonWriting
{
    private static readonly SearchValues<char> EscapedChars = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    /// <summary>Whether UTF-8 text holds anything that a JSON string escapes.</summary>
    public static bool IsEscaped(ReadOnlySpan<byte> utf8) => utf8.ContainsAny(JsonScan.NotPlain);

    /// <summary>A quoted string, or <c>null</c>.</summary>
    public static void String(this MessageWriter writer, string? text)
    {
        if (text is null)
        {
            writer.Raw("null"u8);
            return;
        }

        writer.Byte((byte)'"');
        writer.Inner(text);
        writer.Byte((byte)'"');
    }

    /// <summary>The inside of a string, escaped.</summary>
    public static void Inner(this MessageWriter writer, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var plain = text.IndexOfAny(EscapedChars);
            Encode(writer, plain < 0 ? text : text[..plain]);
            if (plain < 0)
                return;
            Escape(writer, (byte)text[plain]);
            text = text[(plain + 1)..];
        }
    }

    /// <summary>The inside of a string from UTF-8 text, escaped.</summary>
    public static void Inner(this MessageWriter writer, ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            var plain = utf8.IndexOfAny(JsonScan.NotPlain);
            writer.Raw(plain < 0 ? utf8 : utf8[..plain]);
            if (plain < 0)
                return;
            Escape(writer, utf8[plain]);
            utf8 = utf8[(plain + 1)..];
        }
    }

    public static void Number(this MessageWriter writer, long value)
    {
        if ((ulong)value < 10)
        {
            writer.Byte((byte)('0' + value));
            return;
        }

        // Revisions.
        if (value is >= 1_000_000_000_000_000 and < 10_000_000_000_000_000)
        {
            var (high, low) = Math.DivRem((ulong)value, 100_000_000);
            var digits = writer.GetSpan(16)[..16];
            JsonDigits.Eight(digits, (uint)high);
            JsonDigits.Eight(digits[8..], (uint)low);
            writer.Advance(16);
            return;
        }

        Utf8Formatter.TryFormat(value, writer.GetSpan(20), out var count);
        writer.Advance(count);
    }

    /// <summary>The shortest text that reads back as the same number; JSON has no word for what is not finite, so that is <c>null</c>.</summary>
    public static void Number(this MessageWriter writer, double value)
    {
        if (!double.IsFinite(value))
        {
            writer.Raw("null"u8);
            return;
        }

        // Most are whole and small; minus zero is told from zero.
        if (value == (int)value && (value != 0 || !double.IsNegative(value)))
        {
            writer.Number((long)value);
            return;
        }

        value.TryFormat(writer.GetSpan(32), out var count, default, CultureInfo.InvariantCulture);
        writer.Advance(count);
    }

    /// <summary>Microseconds as seconds with six decimals, without a floating point number in between.</summary>
    public static void Seconds(this MessageWriter writer, long us)
    {
        if (us < 0)
        {
            writer.Byte((byte)'-');
            us = -us;
        }

        var (seconds, micros) = Math.DivRem((ulong)us, 1_000_000);
        // From 2001 to 2286 they have ten digits.
        if (seconds is >= 1_000_000_000 and < 10_000_000_000)
        {
            var (high, low) = Math.DivRem(seconds, 100_000_000);
            var digits = writer.GetSpan(10)[..10];
            JsonDigits.Two(digits, (uint)high);
            JsonDigits.Eight(digits[2..], (uint)low);
            writer.Advance(10);
        }
        else
        {
            writer.Number((long)seconds);
        }

        var fraction = writer.GetSpan(7)[..7];
        fraction[0] = (byte)'.';
        JsonDigits.Two(fraction[1..], (uint)micros / 10_000);
        JsonDigits.Four(fraction[3..], (uint)micros % 10_000);
        writer.Advance(7);
    }

    /// <summary>Seconds as they are: with six decimals where that is the same number, which it is of all that this server's clocks give.</summary>
    public static void Seconds(this MessageWriter writer, double seconds)
    {
        var us = Math.Abs(seconds) < int.MaxValue * 4.0 ? Clock.FromSeconds(seconds) : 0;
        if (us != 0 && Clock.ToSeconds(us) == seconds)
            writer.Seconds(us);
        else
            writer.Number(seconds);
    }

    public static void Bool(this MessageWriter writer, bool value) => writer.Raw(value ? "true"u8 : "false"u8);

    /// <summary>A value in JSON: itself, its text as a string, its bytes as base64; none is <c>null</c>.</summary>
    public static void Value(this MessageWriter writer, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Json:
                writer.Raw(value.Bytes.Span);
                break;
            case ValueKind.Text:
                writer.Byte((byte)'"');
                writer.Inner(value.Bytes.Span);
                writer.Byte((byte)'"');
                break;
            case ValueKind.Bytes:
                writer.Byte((byte)'"');
                writer.Base64(value.Bytes.Span);
                writer.Byte((byte)'"');
                break;
            default:
                writer.Raw("null"u8);
                break;
        }
    }

    /// <summary><c>,"name_kind":"text"</c> beside a value that is not JSON; nothing otherwise.</summary>
    public static void KindBeside(this MessageWriter writer, ReadOnlySpan<byte> name, Value value)
    {
        if (value.Kind is not (ValueKind.Text or ValueKind.Bytes))
            return;
        writer.Raw(",\""u8);
        writer.Raw(name);
        writer.Raw(value.Kind == ValueKind.Text ? "_kind\":\"text\""u8 : "_kind\":\"bytes\""u8);
    }

    private static void Base64(this MessageWriter writer, ReadOnlySpan<byte> bytes)
    {
        var room = writer.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, room, out _, out var count);
        writer.Advance(count);
    }

    private static void Encode(MessageWriter writer, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        writer.Advance(Encoding.UTF8.GetBytes(text, writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    private static void Escape(MessageWriter writer, byte value)
    {
        switch (value)
        {
            case (byte)'"':
                writer.Raw("\\\""u8);
                break;
            case (byte)'\\':
                writer.Raw("\\\\"u8);
                break;
            case (byte)'\n':
                writer.Raw("\\n"u8);
                break;
            case (byte)'\r':
                writer.Raw("\\r"u8);
                break;
            case (byte)'\t':
                writer.Raw("\\t"u8);
                break;
            default:
                writer.Raw("\\u00"u8);
                writer.Byte((byte)(value < 16 ? '0' : '1'));
                writer.Byte("0123456789abcdef"u8[value & 15]);
                break;
        }
    }
}
