using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>Reads the text between the quotes of a JSON string. Unlike <see cref="Utf8JsonReader.GetString"/> it can stop early and
/// never throws: a lone surrogate, which any client may send, is a character like another.</summary>
internal static class JsonText
{
    /// <summary>Decodes until <paramref name="destination"/> is full or the text ends.</summary>
    /// <param name="raw">The bytes between the quotes, escapes as they came.</param>
    /// <param name="destination">Gets UTF-16.</param>
    /// <param name="stopAt">Stop before this ASCII character, escaped or not; <c>'\0'</c> never stops.</param>
    /// <param name="consumed">Bytes of <paramref name="raw"/> that were read; the character stopped at is read too.</param>
    /// <param name="stopped">True when it stopped at <paramref name="stopAt"/>.</param>
    /// <returns>Characters written, or -1 when there was no room for all.</returns>
    public static int Decode(ReadOnlySpan<byte> raw, Span<char> destination, char stopAt, out int consumed, out bool stopped)
    {
        var written = 0;
        consumed = 0;
        stopped = false;
        Span<char> pair = stackalloc char[2];
        while (consumed < raw.Length)
        {
            consumed += DecodeOne(raw[consumed..], pair, out var count);
            if (count == 1 && stopAt != '\0' && pair[0] == stopAt)
            {
                stopped = true;
                return written;
            }

            if (written + count > destination.Length)
                return -1;
            pair[..count].CopyTo(destination[written..]);
            written += count;
        }

        return written;
    }

    public static string ToText(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(raw);
        var buffer = ArrayPool<char>.Shared.Rent(raw.Length);
        var written = Decode(raw, buffer, '\0', out _, out _);
        var text = new string(buffer, 0, written);
        ArrayPool<char>.Shared.Return(buffer);
        return text;
    }

    /// <summary>True when the reader's string or member name means <paramref name="text"/>.</summary>
    public static bool Is(ref Utf8JsonReader reader, string text) => reader.ValueIsEscaped
        ? text.Length <= reader.ValueSpan.Length && ToText(reader.ValueSpan) == text
        : reader.ValueTextEquals(text);

    private static int DecodeOne(ReadOnlySpan<byte> raw, Span<char> pair, out int count)
    {
        count = 1;
        var first = raw[0];
        if (first == (byte)'\\')
            return DecodeEscape(raw, pair);
        if (first < 0x80)
        {
            pair[0] = (char)first;
            return 1;
        }

        Rune.DecodeFromUtf8(raw, out var rune, out var bytes);
        count = rune.EncodeToUtf16(pair);
        return bytes;
    }

    private static int DecodeEscape(ReadOnlySpan<byte> raw, Span<char> pair)
    {
        var kind = raw[1];
        if (kind == (byte)'u')
        {
            pair[0] = (char)ushort.Parse(raw.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            return 6;
        }

        pair[0] = kind switch
        {
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            _ => (char)kind,
        };
        return 2;
    }
}
