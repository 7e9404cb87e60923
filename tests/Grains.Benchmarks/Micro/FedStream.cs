using System.Threading.Tasks.Sources;

namespace Grains.Benchmarks.Micro;

/// <summary>
/// The two ends of a connection without a socket. Whoever reads waits until <see cref="Feed"/> brings bytes, and goes on within that call, on its
/// thread; what is written is kept until the next feed. Allocates nothing once its buffer is large enough.
/// </summary>
internal sealed class FedStream : Stream, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _waiting;
    private ReadOnlyMemory<byte> _fed;
    private Memory<byte> _target;
    private byte[] _written = new byte[64 * 1024];
    private int _writtenBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What was written since the last feed.</summary>
    public ReadOnlySpan<byte> Written => _written.AsSpan(0, _writtenBytes);

    /// <summary>Gives the reader bytes; when it returns, they have been read and answered.</summary>
    public void Feed(ReadOnlyMemory<byte> bytes)
    {
        _fed = bytes;
        _writtenBytes = 0;
        _waiting.SetResult(Copy(_target));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_fed.Length > 0)
            return new(Copy(buffer));
        _target = buffer;
        _waiting.Reset();
        return new(this, _waiting.Version);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_writtenBytes + buffer.Length > _written.Length)
            Array.Resize(ref _written, 2 * (_writtenBytes + buffer.Length));
        buffer.CopyTo(_written.AsMemory(_writtenBytes));
        _writtenBytes += buffer.Length;
        return default;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _waiting.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _waiting.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    private int Copy(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _fed.Length);
        _fed[..count].CopyTo(buffer);
        _fed = _fed[count..];
        return count;
    }
}
