using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>Reads single JSON tokens, and arrays of them, from the bytes that came.</summary>
internal static class JsonScalar
{
    public static string? Text(ReadOnlyMemory<byte> raw)
    {
        var span = raw.Span;
        if (span.Length < 2 || span[0] != (byte)'"')
            return null;
        if (!span.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(span[1..^1]);
        var reader = new Utf8JsonReader(span);
        reader.Read();
        return TextOf(ref reader);
    }

    /// <summary>The text of a string or name. A lone surrogate escape, which any client may have sent, is no text: then the string stays
    /// as it was spelled.</summary>
    public static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    public static long? Int64(ReadOnlyMemory<byte> raw) =>
        Utf8Parser.TryParse(raw.Span, out long value, out var consumed) && consumed == raw.Length ? value
        : Number(raw) is { } number && number == Math.Floor(number) && Math.Abs(number) < 1L << 53 ? (long)number
        : null;

    public static double? Number(ReadOnlyMemory<byte> raw) =>
        Utf8Parser.TryParse(raw.Span, out double value, out var consumed) && consumed == raw.Length ? value : null;

    /// <summary>The elements of an array; none when it is no array.</summary>
    public static List<ReadOnlyMemory<byte>> Elements(ReadOnlyMemory<byte> raw)
    {
        var elements = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(raw.Span, new JsonReaderOptions { MaxDepth = 128 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            return elements;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            elements.Add(raw[start..(int)reader.BytesConsumed]);
        }

        return elements;
    }

    /// <summary>A value of the kind that stood beside it: JSON, text, or bytes in base64.</summary>
    public static Value ValueOf(ReadOnlyMemory<byte> raw, string? kind) => kind switch
    {
        "text" => Value.Text(Text(raw) ?? ""),
        "bytes" => Value.FromBytes(Convert.FromBase64String(Text(raw) ?? "")),
        _ => raw.IsEmpty ? Value.None : Value.Json(raw),
    };
}
