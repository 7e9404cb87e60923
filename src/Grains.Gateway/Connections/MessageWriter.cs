using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Grains.Gateway.Connections;

/// <summary>
/// Bytes on their way out: one pooled array that grows. One writer at a time. Sealed and contiguous, because every answer is made
/// of dozens of small writes that the compiler can inline, and because a frame's header is written after its payload.
/// <see cref="Reset"/> gives the array back, so an idle connection holds none.
/// </summary>
public sealed class MessageWriter : IBufferWriter<byte>
{
    private const int SmallestBytes = 4 * 1024;
    private const int UsualBytesMax = 64 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private int _usual;

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>Room of at least <paramref name="sizeHint"/> bytes after what is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> GetSpan(int sizeHint = 1)
    {
        if (_bytes.Length - _length < sizeHint)
            Grow(sizeHint);
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 1)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1))
            Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int count)
    {
        Debug.Assert(count >= 0 && count <= _bytes.Length - _length, "Advanced beyond the room.");
        _length += count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Byte(byte value)
    {
        GetSpan(1)[0] = value;
        _length++;
    }

    /// <summary>What was written from <paramref name="start"/> on, to be changed in place.</summary>
    internal Span<byte> From(int start) => _bytes.AsSpan(start, _length - start);

    /// <summary>Moves what was written from <paramref name="start"/> on by <paramref name="by"/> bytes, back or forth.</summary>
    internal void Shift(int start, int by)
    {
        var count = _length - start;
        if (by > 0)
            GetSpan(by);
        _bytes.AsSpan(start, count).CopyTo(_bytes.AsSpan(start + by));
        _length += by;
    }

    /// <summary>Forgets what was written after <paramref name="length"/>.</summary>
    internal void Truncate(int length) => _length = length;

    /// <summary>Forgets everything and gives the array back to the pool.</summary>
    public void Reset()
    {
        var bytes = _bytes;
        // Who sends long bursts is given as much at once the next time, instead of copying what it has each time that it grows.
        if (_length > 0)
            _usual = Math.Min(_length, UsualBytesMax);
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int sizeHint)
    {
        var wanted = Math.Max(Math.Max((long)_length + sizeHint, 2L * _bytes.Length), Math.Max(SmallestBytes, _usual));
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Array.MaxLength));
        _bytes.AsSpan(0, _length).CopyTo(grown);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
