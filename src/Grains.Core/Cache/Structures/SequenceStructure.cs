using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// The one sequence behind list, queue and stack: a ring of values. Both ends and any index cost O(1); an insertion or removal
/// in the middle moves the shorter side.
/// </summary>
public sealed class SequenceStructure : Structure
{
    private const int SmallestRing = 8;

    private Value[] _ring = [];
    private int _head;
    private int _count;

    public override StructureKind Kind => StructureKind.Sequence;

    public override int Count => _count;

    public override int MemberOverheadBytes => 64;

    public Value this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count);
            return _ring[At(index)];
        }
    }

    public void Insert(int index, Value value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, (uint)_count);
        if (_count == _ring.Length)
            Resize(Math.Max(SmallestRing, checked(_count * 2)));
        if (index < _count - index)
        {
            _head = At(_ring.Length - 1);
            _count++;
            for (var i = 0; i < index; i++)
                _ring[At(i)] = _ring[At(i + 1)];
        }
        else
        {
            _count++;
            for (var i = _count - 1; i > index; i--)
                _ring[At(i)] = _ring[At(i - 1)];
        }

        _ring[At(index)] = OwnedBytes.Of(value);
        ContentBytes += value.Bytes.Length;
    }

    public void RemoveAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count);
        ContentBytes -= _ring[At(index)].Bytes.Length;
        if (index < _count - index)
        {
            for (var i = index; i > 0; i--)
                _ring[At(i)] = _ring[At(i - 1)];
            _ring[_head] = default;
            _head = At(1);
        }
        else
        {
            for (var i = index; i < _count - 1; i++)
                _ring[At(i)] = _ring[At(i + 1)];
            _ring[At(_count - 1)] = default;
        }

        _count--;
        if (_ring.Length > SmallestRing && _count < _ring.Length / 4)
            Resize(_ring.Length / 2);
    }

    public override void Clear()
    {
        _ring = [];
        _head = _count = 0;
        ContentBytes = 0;
    }

    public override void AppendJson(Utf8Buffer to) => AppendJson(to, 0, _count);

    /// <summary>Appends the items from <paramref name="start"/> up to but not including <paramref name="end"/> as an array.</summary>
    public void AppendJson(Utf8Buffer to, int start, int end)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.Append((byte)'[');
        for (var i = start; i < end && !to.Overflowed; i++)
        {
            if (i > start)
                to.Append((byte)',');
            JsonValue.Append(to, this[i]);
        }

        to.Append((byte)']');
    }

    private int At(int index)
    {
        var at = _head + index;
        return at >= _ring.Length ? at - _ring.Length : at;
    }

    private void Resize(int length)
    {
        var ring = new Value[length];
        for (var i = 0; i < _count; i++)
            ring[i] = _ring[At(i)];
        _ring = ring;
        _head = 0;
    }
}
