using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Grains.Client.Transports;
using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>
/// One live connection: a bounded queue of messages to send, a loop that sends them, a loop that receives and matches answers to
/// requests, and a heartbeat that finds a dead peer. It lives once; <see cref="Session"/> makes the next.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without timer and wait handle holds nothing to give back.")]
internal sealed class Connection
{
    private readonly ITransport _transport;
    private readonly IConnectionEvents _events;
    private readonly GrainsClientOptions _options;
    private readonly Channel<Outgoing> _outgoing;
    private readonly ConcurrentDictionary<long, PendingAnswer> _pending = new();
    // Not disposed: whoever closes may come late.
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _reason;
    private long _lastReceived;

    public Connection(ITransport transport, Endpoint endpoint, ServerHello server, IConnectionEvents events, GrainsClientOptions options)
    {
        _transport = transport;
        _events = events;
        _options = options;
        Endpoint = endpoint;
        Server = server;
        _outgoing = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(options.Limits.SendQueueMessagesMax) { SingleReader = true });
    }

    public Endpoint Endpoint { get; }

    public ServerHello Server { get; }

    /// <summary>Ends, always successfully, when the connection takes no new requests any more: it is over, or the server has said goodbye.</summary>
    public Task Left => _left.Task;

    /// <summary>Ends, always successfully, when the connection is over and everybody has been told.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Runs the connection until it is over; called once. Whatever fails, the transport is disposed and everybody is told.</summary>
    public async Task RunAsync()
    {
        var sending = SendLoopAsync();
        var receiving = ReceiveLoopAsync();
        Close(await ReasonOfAsync(UntilOneEndsAsync(sending, receiving)).ConfigureAwait(false));
        try
        {
            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await ReasonOfAsync(sending).ConfigureAwait(false);
            await ReasonOfAsync(receiving).ConfigureAwait(false);
            TellOfEnd();
        }
    }

    /// <summary>New requests are to take another connection; what this one has in flight goes on.</summary>
    public void Leave() => _left.TrySetResult();

    /// <summary>Takes a request on; requests leave in the order in which this is called. Waits while the queue is full.</summary>
    /// <returns>False when the connection has ended without taking it.</returns>
    public async ValueTask<bool> TryStartAsync(PendingAnswer pending, CancellationToken cancellationToken)
    {
        _pending[pending.Request.Id] = pending;
        try
        {
            await PostAsync(new Outgoing(pending.Request.Message, pending), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConnectionLostException)
        {
            // When it is not there any more it has been handed to OnClosed already.
            return !_pending.TryRemove(pending.Request.Id, out _);
        }
    }

    /// <summary>The waiter has given up or been answered.</summary>
    public void Forget(PendingAnswer pending) => _pending.TryRemove(pending.Request.Id, out _);

    /// <summary>Sends a request that means something to this connection alone, and waits for its answer.</summary>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    public async Task<ReadOnlyMemory<byte>> RequestAsync(Request request, CancellationToken cancellationToken)
    {
        var pending = new PendingAnswer(request, isBound: true);
        try
        {
            return await TryStartAsync(pending, cancellationToken).ConfigureAwait(false)
                ? await pending.WaitAsync(cancellationToken).ConfigureAwait(false)
                : throw new ConnectionLostException(_reason!);
        }
        finally
        {
            Forget(pending);
        }
    }

    /// <summary>Sends a message that has no answer; waits while the queue is full.</summary>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    public ValueTask PostAsync(byte[] message, CancellationToken cancellationToken) => PostAsync(new Outgoing(message, null), cancellationToken);

    /// <summary>Sends a message that nobody misses if there is no room for it.</summary>
    public bool TryPost(ReadOnlyMemory<byte> message) => _outgoing.Writer.TryWrite(new Outgoing(message, null));

    /// <summary>Ends the connection for a reason that its requests are told.</summary>
    public void Close(Exception reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        // Every caller completes the queue: whoever returns may count on it.
        _outgoing.Writer.TryComplete();
        // The transport's callbacks run elsewhere: what they throw is not for whoever closes, which may be a timer.
        _ = _closing.CancelAsync();
    }

    private async ValueTask PostAsync(Outgoing message, CancellationToken cancellationToken)
    {
        if (_outgoing.Writer.TryWrite(message))
            return;
        try
        {
            await _outgoing.Writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ConnectionLostException(_reason!);
        }
    }

    /// <summary>Beats until a loop ends, and fails as it does.</summary>
    private async Task UntilOneEndsAsync(Task sending, Task receiving)
    {
        Volatile.Write(ref _lastReceived, _options.Time.GetTimestamp());
        using var heartbeat = _transport.PingMessage.IsEmpty ? null
            : _options.Time.CreateTimer(_ => Beat(), null, _options.Connection.HeartbeatInterval, _options.Connection.HeartbeatInterval);
        var first = await Task.WhenAny(sending, receiving).ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }

    private async Task SendLoopAsync()
    {
        while (await _outgoing.Reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
        {
            while (_outgoing.Reader.TryRead(out var item))
            {
                if (item.Pending is { } pending && !pending.TrySend())
                    continue;
                await _transport.WriteAsync(item.Message, _closing.Token).ConfigureAwait(false);
            }

            await _transport.FlushAsync(_closing.Token).ConfigureAwait(false);
        }
    }

    private async Task ReceiveLoopAsync()
    {
        while (true)
        {
            var message = await _transport.ReceiveAsync(_closing.Token).ConfigureAwait(false);
            if (message.IsEmpty)
                return;
            Volatile.Write(ref _lastReceived, _options.Time.GetTimestamp());
            if (!message.Span.SequenceEqual("PONG"u8))
                Dispatch(Incoming.Read(message));
        }
    }

    private void Dispatch(in Incoming incoming)
    {
        switch (incoming.Kind)
        {
            case IncomingKind.Answer when _pending.TryRemove(incoming.Request, out var pending):
                Complete(pending, incoming.Message);
                break;
            case IncomingKind.Progress when _pending.TryGetValue(incoming.Request, out var pending):
                if (!pending.Request.OnProgress(incoming.Message))
                    pending.Fail(new GrainsException(ErrorCode.SlowReader, "The reader of the stream is too slow."));
                break;
            case IncomingKind.Answer or IncomingKind.Progress:
                // Its waiter has given up.
                break;
            default:
                _events.OnMessage(this, incoming);
                break;
        }
    }

    private void Complete(PendingAnswer pending, ReadOnlyMemory<byte> answer)
    {
        try
        {
            pending.Request.OnAnswer(this, answer);
        }
        catch (Exception exception)
        {
            // Nobody else knows the request any more, so the end of the connection would not be told to its waiter.
            pending.Fail(exception);
            throw;
        }

        pending.Complete(answer);
    }

    private void TellOfEnd()
    {
        try
        {
            _events.OnClosed(this, _reason!, TakeUnanswered());
        }
        finally
        {
            Leave();
            _ended.SetResult();
        }
    }

    private List<PendingAnswer> TakeUnanswered()
    {
        var unanswered = new List<PendingAnswer>();
        foreach (var id in _pending.Keys)
        {
            if (!_pending.TryRemove(id, out var pending))
                continue;
            if (pending.IsBound)
                pending.Fail(new ConnectionLostException(_reason!));
            else
                unanswered.Add(pending);
        }

        return unanswered;
    }

    /// <summary>Asks for a sign of life after one silent interval, gives up after two.</summary>
    private void Beat()
    {
        var silence = _options.Time.GetElapsedTime(Volatile.Read(ref _lastReceived));
        if (silence >= 2 * _options.Connection.HeartbeatInterval)
            Close(new TimeoutException($"The server has given no sign of life for {silence.TotalSeconds:0} s."));
        else if (silence >= _options.Connection.HeartbeatInterval)
            TryPost(_transport.PingMessage);
    }

    /// <summary>Why a loop ended. Everything that ends one ends the connection, and its requests are told.</summary>
    private static async Task<Exception> ReasonOfAsync(Task loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
            return new EndOfStreamException("The server closed the connection.");
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private readonly record struct Outgoing(ReadOnlyMemory<byte> Message, PendingAnswer? Pending);
}
