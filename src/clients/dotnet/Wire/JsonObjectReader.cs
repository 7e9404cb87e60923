using System.Text;
using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>
/// Walks the members of one JSON object and gives each value as the bytes that came. Values are slices of the message, which
/// belongs to its receiver, so nothing is copied. Of a member given twice the last counts, because readers assign in order.
/// </summary>
/// <exception cref="JsonException">Thrown while walking when the bytes are no JSON object.</exception>
internal ref struct JsonObjectReader
{
    private readonly ReadOnlyMemory<byte> _utf8;
    private Utf8JsonReader _reader;
    private ReadOnlySpan<byte> _name;

    public JsonObjectReader(ReadOnlyMemory<byte> utf8)
    {
        _utf8 = utf8;
        _reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = 128 });
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A JSON object was expected.");
    }

    /// <summary>The present member's value, all of it.</summary>
    public ReadOnlyMemory<byte> Raw { get; private set; }

    public readonly bool IsNull => Raw.Span.SequenceEqual("null"u8);

    public readonly ReadOnlySpan<byte> Name => _name;

    public bool Next()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName)
            return false;
        _name = _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(JsonScalar.TextOf(ref _reader)) : _reader.ValueSpan;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Raw = _utf8[start..(int)_reader.BytesConsumed];
        return true;
    }

    public readonly bool Is(ReadOnlySpan<byte> name) => _name.SequenceEqual(name);

    /// <summary>The string; null for null and for anything else.</summary>
    public readonly string? Text() => JsonScalar.Text(Raw);

    public readonly long? Int64() => JsonScalar.Int64(Raw);

    public readonly double? Number() => JsonScalar.Number(Raw);

    public readonly bool IsTrue() => Raw.Span.SequenceEqual("true"u8);

    /// <summary>Seconds of the Unix epoch as microseconds; 0 when it is no number.</summary>
    public readonly long TimeUs() => Number() is { } seconds ? (long)Math.Round(seconds * 1e6) : 0;
}
