using System.Text.Json;
using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols.Json;

/// <summary>
/// Walks the members of one JSON object, giving each name and the value's bytes as they stand. The JSON must be valid: of messages the
/// envelope has read every byte before anything inside is looked at.
/// </summary>
internal ref struct JsonMembers
{
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = GatewayLimits.JsonDepthBound };

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    /// <param name="json">One object; of anything else there are no members.</param>
    public JsonMembers(ReadOnlySpan<byte> json)
    {
        _json = JsonText.IsObject(json) ? json : "{}"u8;
        _reader = new Utf8JsonReader(_json, Options);
        _reader.Read();
    }

    /// <summary>The member's name, unescaped.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The member's value: one whole JSON value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName)
            return false;
        Name = _reader.ValueIsEscaped ? JsonText.Unescape(_reader.ValueSpan) : _reader.ValueSpan;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Value = _json[start..(int)_reader.BytesConsumed];
        return true;
    }

    public readonly bool Is(ReadOnlySpan<byte> name) => Name.SequenceEqual(name);
}
