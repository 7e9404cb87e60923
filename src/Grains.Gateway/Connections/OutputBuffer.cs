using Grains.Gateway.Transports;

namespace Grains.Gateway.Connections;

/// <summary>
/// What waits to leave one connection. Producers (the read loop, the engine's deliveries, answers that came late) append whole
/// frames under a short lock; the connection's one flusher takes everything at once, so the answers of a burst leave in one write.
/// The lock is a leaf: nothing of the engine is called inside a frame. Nothing is dropped before <see cref="Complete"/>.
/// What a connection causes itself is bounded because it is read no further while the output is full; large frames that others cause
/// (invocations, streamed items, late answers) are begun by <see cref="TryBegin"/>, so at most one of them lies above the limit.
/// No message leaves that is longer than the client accepts: <see cref="Frame.Commit"/> takes it back and says so.
/// </summary>
public sealed class OutputBuffer
{
    private readonly Lock _lock = new();
    private readonly IMessageFraming _framing;
    private readonly int _bytesMax;
    private MessageWriter _filling = new();
    private MessageWriter _leaving = new();
    private long _creditFilling;
    private int _leavingBytes;
    private bool _burst;
    private int _bursts;
    private bool _flushing;
    private bool _completed;
    private bool _closed;
    private bool _frameCommitted;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _empty;

    /// <param name="framing">How messages are framed.</param>
    /// <param name="bytesMax">What may wait before the connection is read no further.</param>
    /// <param name="messageBytesMax">The longest message that the client accepts.</param>
    public OutputBuffer(IMessageFraming framing, int bytesMax, int messageBytesMax = int.MaxValue)
    {
        _framing = framing;
        _bytesMax = bytesMax;
        MessageBytesMax = messageBytesMax;
    }

    /// <summary>The longest message that may be sent.</summary>
    public int MessageBytesMax { get; }

    /// <summary>More waits than may: the connection is to be read no further for now.</summary>
    public bool IsFull => Volatile.Read(ref _leavingBytes) + _filling.Length > _bytesMax;

    /// <summary>Counts the bursts, on the read loop.</summary>
    internal int Bursts => _bursts;

    /// <summary>Something waits that the flusher has not taken, as far as can be seen without the lock.</summary>
    internal bool HasMore => _filling.Length > 0;

    /// <summary>Begins one message; the lock is held until the frame is disposed, and nothing is sent unless it was committed.</summary>
    /// <param name="sizeHint">The payload's bytes as far as they are known, so that large values grow the buffer once.</param>
    public Frame Begin(int sizeHint = 0)
    {
        _lock.Enter();
        return new Frame(this, sizeHint);
    }

    /// <summary>Holds the lock over several messages that are begun one after the other: they leave together, and for one price.</summary>
    /// <param name="sizeHint">The bytes of all of them as far as they are known.</param>
    public Lock.Scope Hold(int sizeHint)
    {
        var scope = _lock.EnterScope();
        _filling.GetSpan(sizeHint);
        return scope;
    }

    /// <summary>Begins one message unless the output is full. (Of a connection that has ended it is not: the message goes nowhere.)</summary>
    /// <returns>False when it is full: then there is no frame.</returns>
    public bool TryBegin(int sizeHint, out Frame frame)
    {
        _lock.Enter();
        if (IsFull && !_completed && !_closed)
        {
            _lock.Exit();
            frame = default;
            return false;
        }

        frame = new Frame(this, sizeHint);
        return true;
    }

    /// <summary>Appends a control frame of the transport: a pong, a ping, a close. Nothing follows a close.</summary>
    internal void Control(FrameKind kind, int code, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (_completed || _closed)
                return;
            _framing.WriteControl(_filling, kind, code, payload);
            _closed = kind == FrameKind.Close;
        }
    }

    /// <summary>The read loop handles a burst: what is appended until <see cref="EndBurst"/> waits for it.</summary>
    internal void BeginBurst()
    {
        _bursts++;
        lock (_lock)
            _burst = true;
    }

    /// <returns>True when the caller must run the flusher.</returns>
    internal bool EndBurst()
    {
        lock (_lock)
        {
            _burst = false;
            return StartFlush();
        }
    }

    /// <returns>True when the caller must run the flusher.</returns>
    internal bool RequestFlush()
    {
        lock (_lock)
            return !_burst && StartFlush();
    }

    /// <summary>The flusher takes all that waits, or learns that nothing does and it is done.</summary>
    internal bool TryTake(out ReadOnlyMemory<byte> bytes, out long credit)
    {
        lock (_lock)
        {
            _leaving.Reset();
            (_leaving, _filling) = (_filling, _leaving);
            bytes = _leaving.WrittenMemory;
            Volatile.Write(ref _leavingBytes, bytes.Length);
            credit = _creditFilling;
            _creditFilling = 0;
            if (bytes.Length == 0)
                _flushing = false;
            ReleaseWaiters();
            return bytes.Length > 0;
        }
    }

    /// <summary>Completes when less than the limit waits.</summary>
    internal Task WhenRoomAsync()
    {
        lock (_lock)
        {
            if (!IsFull || _completed || _closed)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Completes when everything appended so far has left.</summary>
    internal Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_completed || (!_flushing && _filling.Length == 0))
                return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    /// <summary>The connection has ended: what waits, and what is appended from now on, goes nowhere.</summary>
    internal void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            _filling.Reset();
            ReleaseWaiters();
        }
    }

    private bool StartFlush()
    {
        if (_flushing || _filling.Length == 0)
            return false;
        return _flushing = true;
    }

    private void ReleaseWaiters()
    {
        if (_room is not null && (_completed || !IsFull))
        {
            _room.SetResult();
            _room = null;
        }

        if (_empty is not null && (_completed || (!_flushing && _filling.Length == 0)))
        {
            _empty.SetResult();
            _empty = null;
        }
    }

    /// <summary>One message being written. Dispose it in any case; it is sent when <see cref="Commit"/> was called before.</summary>
    public readonly ref struct Frame : IDisposable
    {
        private readonly OutputBuffer _output;
        private readonly int _start;
        private readonly int _headerBytes;

        internal Frame(OutputBuffer output, int sizeHint)
        {
            _output = output;
            _start = output._filling.Length;
            sizeHint = Math.Min(sizeHint, output.MessageBytesMax);
            // Most messages are longer than 125 bytes, so that is what room is left for; other headers move the payload.
            _headerBytes = output._framing.HeaderBytes(Math.Max(sizeHint, 256));
            output._filling.GetSpan(_headerBytes + Math.Max(sizeHint, 256));
            output._filling.Advance(_headerBytes);
        }

        public MessageWriter Writer => _output._filling;

        /// <summary>Ends the message. <paramref name="credit"/> is what it costs of the connection's delivery credit, given back when it has
        /// left.</summary>
        /// <returns>False when it is too long: it has been taken back, and a shorter one may be written and committed in its place.</returns>
        public bool Commit(long credit = 0)
        {
            if (_output._completed || _output._closed)
                return true;
            var writer = _output._filling;
            var payloadBytes = writer.Length - _start - _headerBytes;
            if (payloadBytes > _output.MessageBytesMax)
            {
                writer.Truncate(_start + _headerBytes);
                return false;
            }

            var headerBytes = _output._framing.HeaderBytes(payloadBytes);
            if (headerBytes != _headerBytes)
                writer.Shift(_start + _headerBytes, headerBytes - _headerBytes);
            _output._framing.WriteHeader(writer.From(_start)[..headerBytes], payloadBytes);
            _output._creditFilling += credit;
            _output._frameCommitted = true;
            return true;
        }

        public void Dispose()
        {
            if (!_output._frameCommitted)
                _output._filling.Truncate(_start);
            _output._frameCommitted = false;
            if (_output._completed)
                _output._filling.Reset();
            _output._lock.Exit();
        }
    }
}
