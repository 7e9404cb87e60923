using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols.Json;

/// <summary>Walks the items of one valid JSON array, giving each value's bytes as they stand.</summary>
internal ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> _json;
    private int _at;
    private bool _hasMore;

    /// <param name="json">One array; of anything else there are no items.</param>
    public JsonItems(ReadOnlySpan<byte> json)
    {
        _json = JsonText.IsArray(json) ? json : "[]"u8;
        _at = JsonScan.Space(_json, 1);
        _hasMore = _at < _json.Length && _json[_at] != (byte)']';
    }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        if (!_hasMore)
            return false;
        var end = JsonScan.Value(_json, _at, GatewayLimits.JsonDepthBound);
        if (end < 0)
            return _hasMore = false;
        Value = _json[_at..end];
        _at = JsonScan.AfterItem(_json, end, (byte)']', out _hasMore);
        return true;
    }
}
