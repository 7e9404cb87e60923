using System.Text.Json;

namespace Grains.Gateway.Protocols.Json;

/// <summary>Walks the items of one valid JSON array, giving each value's bytes as they stand.</summary>
internal ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    /// <param name="json">One array; of anything else there are no items.</param>
    public JsonItems(ReadOnlySpan<byte> json)
    {
        _json = JsonText.IsArray(json) ? json : "[]"u8;
        _reader = new Utf8JsonReader(_json, JsonMembers.Options);
        _reader.Read();
    }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (!_reader.Read() || _reader.TokenType == JsonTokenType.EndArray)
            return false;
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Value = _json[start..(int)_reader.BytesConsumed];
        return true;
    }
}
