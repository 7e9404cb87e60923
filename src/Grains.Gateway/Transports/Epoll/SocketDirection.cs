using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// One direction of a socket: one operation at a time, which is tried at once and, where the socket has no data or no room, waits for the loop.
/// The state says who may go on: an event makes it ready, an attempt takes the readiness, and whoever turns "waiting" into something else (the
/// loop, a cancellation, the end of the socket) ends the operation. So an event between an attempt and the waiting is never lost.
/// </summary>
internal sealed unsafe class SocketDirection : IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Waiting = 2;

    /// <summary>Reads that fill their buffer, one after the other, before the loop's other sockets have their turn.</summary>
    private const int FullReadsInRow = 1;

    private readonly EpollSocket _socket;
    private readonly bool _reads;
    private ManualResetValueTaskSourceCore<int> _source;
    private int _state;
    private int _inRow;
    private bool _hasYielded;
    private Memory<byte> _buffer;
    private int _done;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    public SocketDirection(EpollSocket socket, bool reads)
    {
        _socket = socket;
        _reads = reads;
        _state = reads ? Idle : Ready;
    }

    /// <summary>Reads what there is (0 at the end; of an empty buffer: when there is something), or writes everything.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public ValueTask<int> RunAsync(Memory<byte> buffer, CancellationToken token)
    {
        if (token.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(token);
        _buffer = buffer;
        _done = 0;
        var yields = _reads && _inRow >= FullReadsInRow && _socket.Loop.IsCurrent;
        if (!yields && TryFinish(out var result))
        {
            _buffer = default;
            return new(result);
        }

        _source.Reset();
        _source.RunContinuationsAsynchronously = !_socket.RunsInline;
        _token = token;
        var task = new ValueTask<int>(this, _source.Version);
        _registration = token.CanBeCanceled ? token.UnsafeRegister(static state => ((SocketDirection)state!).Cancel(), this) : default;
        if (yields)
            Yield();
        else
            Wait();
        return task;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken token)
    {
        var write = RunAsync(MemoryMarshal.AsMemory(buffer), token);
        return write.IsCompletedSuccessfully ? default : write.IsCompleted ? new ValueTask(write.AsTask()) : new ValueTask(this, _source.Version);
    }

    /// <summary>The loop: there may be data, or room.</summary>
    public void Happened()
    {
        if (Interlocked.Exchange(ref _state, Ready) == Waiting)
            Finish();
    }

    /// <summary>The socket has been closed: whoever waits is told.</summary>
    public void Close()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            CompleteElsewhere(new IOException("The connection has been closed."));
    }

    /// <summary>The turn that <see cref="Yield"/> gave away comes back, unless an event has given it back before. A wait for data looks whether
    /// there is any: who has given its turn away knows only that there was.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        _hasYielded = false;
        if (Interlocked.Exchange(ref _state, Ready) == Waiting)
            Wait();
    }

    public int GetResult(short token) => _source.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Yield()
    {
        _inRow = 0;
        Interlocked.Exchange(ref _state, Waiting);
        // An event may have been quicker than the turn that was given away before: one is enough.
        if (_hasYielded)
            return;
        _hasYielded = true;
        _socket.Loop.Yield(this);
    }

    private void Wait()
    {
        _inRow = 0;
        while (Interlocked.CompareExchange(ref _state, Waiting, Idle) != Idle)
        {
            try
            {
                if (!TryFinish(out var result))
                    continue;
                Complete(result, null);
            }
            catch (IOException error)
            {
                Complete(0, error);
            }

            return;
        }

        if (_socket.IsClosed)
            Close();
        else if (_token.IsCancellationRequested)
            Cancel();
    }

    /// <summary>By whoever has taken the operation out of its waiting.</summary>
    private void Finish()
    {
        // A wait for data ends with the event; the readiness is the read's that follows.
        if (_reads && _buffer.IsEmpty)
        {
            Complete(0, null);
            return;
        }

        Wait();
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            CompleteElsewhere(new OperationCanceledException(_token));
    }

    /// <summary>Whoever closes or cancels must not find itself running what waited.</summary>
    private void CompleteElsewhere(Exception error)
    {
        _source.RunContinuationsAsynchronously = true;
        Complete(0, error);
    }

    private void Complete(int result, Exception? error)
    {
        var registration = _registration;
        _registration = default;
        _buffer = default;
        // Waits for a cancellation that has just begun: it must not meet the next operation.
        registration.Dispose();
        if (error is null)
            _source.SetResult(result);
        else
            _source.SetException(error);
    }

    /// <summary>Attempts what is asked for as long as the socket is ready.</summary>
    private bool TryFinish(out int result)
    {
        result = 0;
        while (Interlocked.CompareExchange(ref _state, Idle, Ready) == Ready)
        {
            if (_reads ? TryRead(out result) : TryWrite())
                return true;
        }

        return false;
    }

    private bool TryRead(out int count)
    {
        if (_buffer.IsEmpty)
        {
            count = 0;
            byte one;
            if (!Attempt(_socket.Receive(&one, 1, Libc.Peek), out _))
                return false;
            Volatile.Write(ref _state, Ready);
            return true;
        }

        fixed (byte* first = _buffer.Span)
        {
            if (!Attempt(_socket.Receive(first, _buffer.Length, 0), out count))
                return false;
        }

        // A buffer that is not full has everything that had come (epoll(7)), but for the end.
        _inRow = count == _buffer.Length ? _inRow + 1 : 0;
        _socket.Loop.Moved(count);
        if (_inRow > 0 || count == 0 || _socket.HasEnded)
            Volatile.Write(ref _state, Ready);
        if (count == 0)
            _socket.Ended();
        return true;
    }

    private bool TryWrite()
    {
        fixed (byte* first = _buffer.Span)
        {
            while (_done < _buffer.Length)
            {
                if (!Attempt(_socket.Send(first + _done, _buffer.Length - _done), out var count))
                    return false;
                _done += count;
                _socket.Loop.Moved(count);
            }
        }

        Volatile.Write(ref _state, Ready);
        return true;
    }

    /// <returns>False when the socket is not ready.</returns>
    private bool Attempt(nint result, out int count)
    {
        count = (int)result;
        if (result >= 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == Libc.Again)
            return false;
        // No event follows: the next attempt has to find out again.
        Volatile.Write(ref _state, Ready);
        throw new IOException("The connection is broken.", new SocketException(error));
    }
}
