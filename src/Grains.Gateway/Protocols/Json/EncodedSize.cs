using System.Buffers.Text;
using System.Text;

namespace Grains.Gateway.Protocols.Json;

/// <summary>How many bytes <see cref="JsonWriting"/> makes of something, without writing it.</summary>
internal static class EncodedSize
{
    /// <summary>No character of a string, nor byte of UTF-8 text, takes more: <c>\u0000</c>.</summary>
    public const int CharBytesMax = 6;

    private const int Quotes = 2;

    public static long Of(Value value) => value.Kind switch
    {
        ValueKind.Json => value.Bytes.Length,
        ValueKind.Text => Quotes + value.Bytes.Length + Escapes(value.Bytes.Span),
        ValueKind.Bytes => Quotes + Base64.GetMaxEncodedToUtf8Length(value.Bytes.Length),
        _ => "null".Length,
    };

    public static long Of(string? text) => Quotes + (text is null ? Quotes : Encoding.UTF8.GetByteCount(text) + Escapes(text));

    private static long Escapes(ReadOnlySpan<byte> utf8)
    {
        var bytes = 0L;
        foreach (var one in utf8)
            bytes += EscapeOf(one);
        return bytes;
    }

    private static long Escapes(ReadOnlySpan<char> text)
    {
        var bytes = 0L;
        foreach (var one in text)
            bytes += EscapeOf(one);
        return bytes;
    }

    /// <summary>What escaping adds to a character.</summary>
    private static int EscapeOf(int one) => one switch
    {
        '"' or '\\' or '\n' or '\r' or '\t' => 1,
        < ' ' => CharBytesMax - 1,
        _ => 0,
    };
}
