using System.Text;
using Grains.Connections;
using Grains.Engine;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports;

namespace Grains.Gateway.Connections;

/// <summary>
/// One client on the wire, over any transport. The data path:
/// <list type="number">
/// <item>a zero-byte read waits without a buffer, then the burst is read into <see cref="InputBuffer"/>;</item>
/// <item>the consumer (<see cref="MessagePump"/>: framing, then session) parses each whole message in place and runs it;</item>
/// <item>the session appends the answer to <see cref="OutputBuffer"/>, at once or when a slow engine has it;</item>
/// <item>at the end of the burst <see cref="OutputFlusher"/> writes everything at once.</item>
/// </list>
/// While the output is full, or the session cannot take more, nothing is read: answers are never dropped.
/// </summary>
internal sealed class Connection : IConnection, IDisposable
{
    private static readonly TimeSpan CloseAnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BytesInFlightTimeout = TimeSpan.FromMilliseconds(250);

    private readonly ByteChannel _channel;
    private readonly ConnectionServices _services;
    private readonly IMessageFraming _framing;
    private readonly InputBuffer _input = new();
    private readonly OutputBuffer _output;
    private readonly OutputFlusher _flusher;
    private readonly IProtocolSession _session;
    private readonly IByteConsumer _consumer;
    private readonly SessionContext _context;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _stopReading = new();
    private readonly Liveness _liveness;
    private CloseReason _closeReason;
    private bool _peerWaits = true;
    private int _closing;
    private int _aborted;

    public Connection(
        ByteChannel channel, ConnectionInfo info, IProtocol protocol, IMessageFraming framing, ConnectionServices services, bool authenticated)
    {
        Id = ConnectionTable.NextId();
        Info = info;
        _channel = channel;
        _services = services;
        _framing = framing;
        _output = new OutputBuffer(framing, services.Limits.OutputBytesMax, services.Limits.MessageBytesMax);
        _flusher = new OutputFlusher(_output, channel, services.Engine, Id, Fault, _ended.Token);
        _context = new SessionContext(this, services, _output, authenticated);
        if (!_context.IsAuthenticated)
            framing.MessageBytesMax = Math.Min(GatewayLimits.FirstMessageBytesMax, services.Limits.MessageBytesMax);
        _session = protocol.Open(_context);
        _consumer = _session switch
        {
            IMessageSession messages => new MessagePump(this, framing, messages, _output),
            IByteConsumer bytes => bytes,
            _ => throw new InvalidOperationException($"The session of protocol {protocol.Name} reads neither messages nor bytes."),
        };
        _liveness = new Liveness(services.Limits, framing.CanPing, services.Time.NowUs());
    }

    public ConnectionId Id { get; }

    public ConnectionInfo Info { get; }

    /// <summary>Cancelled when nothing can be sent any more.</summary>
    public CancellationToken Ended => _ended.Token;

    public bool IsBusy => _session.IsBusy;

    /// <summary>Reads and answers until either side closes, and ends the session. Then the caller closes the connection at the engine,
    /// so that nobody waits for a provider that has gone, and calls <see cref="LeaveAsync"/>.</summary>
    public async Task ServeAsync()
    {
        try
        {
            await ReadAsync();
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            // The peer is gone, or Close or Abort has stopped the reading.
            ConnectionLog.ReadingEnded(_services.Logger, Id.Text, exception.GetType().Name);
        }
        catch (Exception exception)
        {
            ConnectionLog.Failed(_services.Logger, Id.Text, exception);
            Close(new CloseReason(CloseReason.InternalErrorCode, "Internal error."));
        }

        await _session.EndAsync();
    }

    /// <summary>The engine closes the connection, and has begun to tell who has to know.</summary>
    public void Closed() => _session.Closed();

    /// <summary>Sends what waits and the close message, and gives the peer a moment to take them: what is cut off by a reset is lost.</summary>
    public async Task LeaveAsync()
    {
        using var patience = new CancellationTokenSource(_services.Limits.HandshakeTimeout, _services.Time);
        try
        {
            if (Volatile.Read(ref _closing) != 0)
                _output.Control(FrameKind.Close, _closeReason.Code, Encoding.UTF8.GetBytes(_closeReason.Text));
            Flush();
            await _output.WhenEmptyAsync().WaitAsync(patience.Token);
            if (_peerWaits)
                await LingerAsync();
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            ConnectionLog.Dead(_services.Logger, Id.Text, Info.Transport);
            Abort();
        }

        _output.Complete();
        await _ended.CancelAsync();
    }

    public void Deliver(in DeliveryBatch batch)
    {
        _session.Deliver(batch);
        Flush();
    }

    public void Schedule(IThreadPoolWorkItem delivery, bool isMuch)
    {
        if (_channel.Schedule is { } schedule)
            schedule(delivery, isMuch);
        else
            delivery.Execute();
    }

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message)
    {
        _session.SubscriptionEnded(subscriptionId, code, message);
        Flush();
    }

    public bool Invoke(Invocation invocation)
    {
        var sent = _session.Invoke(invocation);
        Flush();
        return sent;
    }

    public void CancelInvocation(string callId, ErrorCode reason)
    {
        _session.CancelInvocation(callId, reason);
        Flush();
    }

    public void Report(string callId, Value item)
    {
        _session.Report(callId, item);
        Flush();
    }

    public void Goodbye()
    {
        _session.Goodbye();
        Flush();
    }

    public void Flush()
    {
        if (_output.RequestFlush())
            _channel.Run(_flusher);
    }

    /// <summary>Reads no more; what was appended so far, and a close message that says why, still leave. The first reason counts.</summary>
    public void Close(CloseReason reason)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
            return;
        _closeReason = reason;
        _stopReading.Cancel();
    }

    /// <summary>The client has shown its credentials: its messages may be as long as anybody's.</summary>
    public void Authenticated() => _framing.MessageBytesMax = _services.Limits.MessageBytesMax;

    /// <summary>Cuts the connection at once.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0)
            return;
        _output.Complete();
        _ended.Cancel();
        _stopReading.Cancel();
        _channel.Abort();
    }

    public void PeerCloses(int code)
    {
        _peerWaits = false;
        Close(new CloseReason(code, ""));
    }

    public void PeerBreaksRules(CloseReason reason)
    {
        ConnectionLog.Malformed(_services.Logger, Id.Text, Info.Transport, reason.Text);
        Close(reason);
    }

    /// <summary>The heartbeat's look at the connection, several times each ping period.</summary>
    public void Tick(long nowUs)
    {
        switch (_liveness.Check(nowUs, _flusher.IsWriting, _flusher.Progress, _context.IsAuthenticated))
        {
            case LivenessVerdict.Ping:
                _output.Control(FrameKind.Ping, 0, []);
                Flush();
                break;
            case LivenessVerdict.Unauthenticated:
                Close(new CloseReason(CloseReason.PolicyCode, "Not authenticated in time."));
                break;
            case LivenessVerdict.Dead:
                ConnectionLog.Dead(_services.Logger, Id.Text, Info.Transport);
                Abort();
                break;
        }
    }

    /// <summary>Gives the buffers back. The two token sources hold nothing and are left alone, because the heartbeat or a late answer may still
    /// cancel them.</summary>
    public void Dispose()
    {
        _input.Release();
        _framing.Release();
    }

    private async Task ReadAsync()
    {
        var token = _stopReading.Token;
        var needed = 0;
        while (true)
        {
            if (_input.UnreadBytes == 0)
            {
                _input.Release();
#pragma warning disable CA2022 // Nothing is read: this waits for data while the connection holds no buffer.
                await _channel.Input.ReadAsync(Memory<byte>.Empty, token);
#pragma warning restore CA2022
            }

            var count = await _channel.Input.ReadAsync(_input.Free(needed), token);
            if (count == 0)
            {
                _peerWaits = false;
                return;
            }

            _liveness.Touch();
            _input.Fill(count);
            ConsumeOutcome outcome;
            while ((outcome = RunBurst(out needed)) == ConsumeOutcome.Pause)
            {
                await _output.WhenRoomAsync().WaitAsync(token);
                await _session.WhenReadyAsync().AsTask().WaitAsync(token);
            }

            if (outcome == ConsumeOutcome.Close)
                return;
        }
    }

    private ConsumeOutcome RunBurst(out int needed)
    {
        _output.BeginBurst();
        try
        {
            var outcome = _consumer.Consume(_input.Unread, out var consumed, out needed);
            _input.Consume(consumed);
            return outcome;
        }
        finally
        {
            if (_output.EndBurst())
                _ = _flusher.RunAsync(onReadLoop: true);
        }
    }

    /// <summary>Reads on, and forgets, until the peer has closed too: a socket that is closed with unread bytes resets the connection,
    /// which can take the last answer from the peer. A WebSocket peer answers our close, and then waits for us to end; a TCP peer only has bytes on
    /// their way.</summary>
    private async Task LingerAsync()
    {
        using var patience = new CancellationTokenSource(_framing.CanPing ? CloseAnswerTimeout : BytesInFlightTimeout, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ended.Token);
        try
        {
            // What cannot be read as frames, such as the rest of a message that was too long, is only forgotten.
            var readable = _framing.CanPing;
            var needed = 0;
            while (!readable || !SkipToClose(ref readable, ref needed))
            {
                if (!readable)
                    _input.Release();
                var count = await _channel.Input.ReadAsync(_input.Free(needed), either.Token);
                if (count == 0)
                    return;
                if (readable)
                    _input.Fill(count);
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            ConnectionLog.NoCloseAnswer(_services.Logger, Id.Text, Info.Transport);
        }
    }

    /// <summary>Forgets the messages that have come, up to the peer's close message.</summary>
    /// <returns>True when it is there.</returns>
    private bool SkipToClose(ref bool readable, ref int needed)
    {
        while (true)
        {
            var frame = _framing.Read(_input.Unread);
            needed = frame.Needed;
            switch (frame.Kind)
            {
                case FrameKind.Close:
                    return true;
                case FrameKind.NeedMore:
                    return false;
                case FrameKind.Message or FrameKind.Piece or FrameKind.Ping or FrameKind.Pong:
                    _input.Consume(frame.Consumed);
                    continue;
                default:
                    readable = false;
                    needed = 0;
                    return false;
            }
        }
    }

    private void Fault(Exception? exception)
    {
        if (exception is not null)
            ConnectionLog.Failed(_services.Logger, Id.Text, exception);
        Abort();
    }
}
