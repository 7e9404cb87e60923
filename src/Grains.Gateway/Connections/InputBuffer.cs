using System.Buffers;

namespace Grains.Gateway.Connections;

/// <summary>
/// Bytes that have come and are not consumed yet: one pooled array, so that a whole message is always one span and a WebSocket
/// mask is taken off in place. It grows with what has really come, never with what a length field claims, and an idle
/// connection holds none. While reads fill it, it grows as far as a burst is worth having at once.
/// </summary>
internal sealed class InputBuffer
{
    private const int SmallestBytes = 16 * 1024;
    private const int BurstBytes = 64 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;
    private bool _wasFilled;

    public int UnreadBytes => _end - _start;

    public Span<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    public int CapacityBytes => _bytes.Length;

    /// <summary>Room for the next read. <paramref name="needed"/> is how many unread bytes the next message takes, as far as is known.</summary>
    public Memory<byte> Free(int needed)
    {
        if (_bytes.Length == 0)
            _bytes = ArrayPool<byte>.Shared.Rent(_wasFilled ? BurstBytes : SmallestBytes);
        else if (_start > 0 && (_end == _bytes.Length || _start + (long)needed > _bytes.Length))
            Compact();
        if (_end == _bytes.Length || (_wasFilled && _bytes.Length < BurstBytes))
            Grow(_wasFilled ? BurstBytes : SmallestBytes);
        return _bytes.AsMemory(_end);
    }

    public void Fill(int count)
    {
        _end += count;
        _wasFilled = _end == _bytes.Length;
    }

    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
            _start = _end = 0;
    }

    /// <summary>Gives the array back.</summary>
    public void Release()
    {
        var bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Compact()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        _end -= _start;
        _start = 0;
    }

    private void Grow(int leastBytes)
    {
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(2L * _bytes.Length, leastBytes), Array.MaxLength));
        _bytes.AsSpan(0, _end).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
