using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols.Json;

/// <summary>
/// Walks the members of one JSON object, giving each name and the value's bytes as they stand. Every byte that it passes is checked; only the
/// envelope asks, since what lies inside a message has been passed before anything looks into it.
/// </summary>
internal ref struct JsonMembers
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly int _depthLeft;
    private int _at;
    private bool _hasMore;

    /// <param name="json">Begins with an object; of anything else there are no members.</param>
    /// <param name="depthMax">How many objects and arrays may lie in each other.</param>
    public JsonMembers(ReadOnlySpan<byte> json, int depthMax = GatewayLimits.JsonDepthBound)
    {
        _json = JsonText.IsObject(json) ? json : "{}"u8;
        _depthLeft = depthMax - 1;
        _at = JsonScan.Space(_json, 1);
        _hasMore = _at >= _json.Length || _json[_at] != (byte)'}';
        if (!_hasMore)
            _at++;
    }

    /// <summary>The member's name, unescaped.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The member's value: one whole JSON value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where <see cref="Value"/> begins.</summary>
    public int ValueStart { get; private set; }

    /// <summary>After the last member: where the object ends, or <see cref="JsonScan.Invalid"/> or <see cref="JsonScan.TooDeep"/>.</summary>
    public readonly int End => _at;

    /// <returns>False after the last member, and where the JSON is not valid.</returns>
    public bool Next()
    {
        if (!_hasMore)
            return false;
        var name = _at;
        var end = JsonScan.String(_json, name, out var isEscaped);
        var value = end < 0 ? end : JsonScan.AfterName(_json, end);
        _at = value < 0 ? value : JsonScan.Value(_json, value, _depthLeft);
        if (_at < 0)
            return _hasMore = false;
        Name = _json[(name + 1)..(end - 1)];
        if (isEscaped)
            Name = JsonText.Unescape(Name);
        ValueStart = value;
        Value = _json[value.._at];
        _at = JsonScan.AfterItem(_json, _at, (byte)'}', out _hasMore);
        return true;
    }

    public readonly bool Is(ReadOnlySpan<byte> name) => Name.SequenceEqual(name);
}
