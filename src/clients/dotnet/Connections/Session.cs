using Grains.Client.Transports;
using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>
/// Keeps one connection alive for as long as the client lives: tries the endpoints in turn, waits longer after each failed round,
/// and restores on each new connection what belongs to the client (functions, then subscriptions) before any waiting request leaves.
/// A request whose connection is lost goes to the next one if it never left or may be repeated; otherwise its outcome is unknown.
/// </summary>
internal sealed class Session : IConnectionEvents, IAsyncDisposable
{
    private readonly GrainsClientOptions _options;
    private readonly IReadOnlyList<Endpoint> _endpoints;
    private readonly Connector _connector;
    private readonly ReconnectDelay _delay;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, PendingAnswer> _waiting = [];
    private TaskCompletionSource<Connection> _connected = NewSource();
    private volatile Connection? _current;
    private volatile Exception? _lastFailure;
    private ISessionParts? _parts;
    private Task? _running;
    private long _lastId;

    public Session(GrainsClientOptions options)
    {
        _options = options;
        _endpoints = [.. options.Endpoints.Select(Endpoint.Parse)];
        _connector = new Connector(options, NextId);
        _delay = new ReconnectDelay(options.Connection.ReconnectDelayMin, options.Connection.ReconnectDelayMax, Random.Shared);
        Background = new BackgroundTasks(options.OnError);
        Counters = new ClientCounters(options.Time);
    }

    public BackgroundTasks Background { get; }

    public ClientCounters Counters { get; }

    /// <summary>The connection that new requests take; null while there is none.</summary>
    public Connection? Current => _current;

    /// <summary>Ends when the client closes.</summary>
    public CancellationToken Closing => _closing.Token;

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Begins to connect; called once.</summary>
    public void Start(ISessionParts parts)
    {
        _parts = parts;
        _running = RunAsync();
    }

    /// <summary>Ends when there is a connection.</summary>
    /// <exception cref="GrainsException">The credentials were refused, or the server's certificate is not trusted.</exception>
    /// <exception cref="OperationCanceledException">There was none before the token was cancelled; the last failure is inside.</exception>
    public async ValueTask<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        Task<Connection> connected;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(GrainsClient));
            if (_current is { } current)
                return current;
            connected = _connected.Task;
        }

        try
        {
            return await connected.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && _lastFailure is { } failure)
        {
            throw new OperationCanceledException($"There was no connection in time. {failure.Message}", failure, cancellationToken);
        }
    }

    /// <summary>Sends a request and gives its answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">Time for all of it, the wait for a connection included.</param>
    /// <param name="cancellationToken">Stops the wait; the outcome is then unknown.</param>
    /// <exception cref="GrainsException"><see cref="ErrorCode.MessageTooLarge"/>, <see cref="ErrorCode.Timeout"/>,
    /// <see cref="ErrorCode.ConnectionLost"/>, <see cref="ErrorCode.Unauthorized"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(Request request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ThrowIfTooLong(request);
        cancellationToken.ThrowIfCancellationRequested();
        using var timer = new CancellationTokenSource(timeout, _options.Time);
        using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken) : null;
        var startedAt = Counters.RequestStarted();
        var waiting = linked?.Token ?? timer.Token;
        var pending = new PendingAnswer(request, isBound: false);
        try
        {
            if (TakeCurrentOrWait(pending) is { } connection)
                await TryStartAsync(connection, pending, waiting).ConfigureAwait(false);
            return await pending.WaitAsync(waiting).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw !pending.TryWithdraw() ? SessionFailures.NoAnswer(timeout)
                : _current is null ? SessionFailures.NoConnection(timeout, _lastFailure)
                : SessionFailures.NotSent(timeout);
        }
        finally
        {
            Forget(pending);
            Counters.RequestEnded(startedAt);
        }
    }

    void IConnectionEvents.OnMessage(Connection connection, in Incoming incoming)
    {
        if (incoming.Kind == IncomingKind.Goodbye)
            Leave(connection);
        else
            _parts!.OnMessage(connection, incoming);
    }

    void IConnectionEvents.OnClosed(Connection connection, Exception reason, IReadOnlyCollection<PendingAnswer> unanswered)
    {
        _lastFailure = reason;
        // The same request might get the same answer for ever, and the same subscription the same message.
        var oversized = OversizedMessage.Is(reason);
        var failure = SessionFailures.Unanswered(reason, oversized);
        foreach (var lost in unanswered.Where(p => p.IsSent && (oversized || !p.Request.CanRepeat)))
            lost.Fail(failure);
        // They wait before the next connection is looked for, so they come before all later requests.
        SendElsewhere(connection, [.. unanswered.Where(p => !p.IsSent || (p.Request.CanRepeat && !oversized)).OrderBy(p => p.Request.Id)]);
        _parts!.OnClosed(connection, oversized ? failure : null);
        Leave(connection);
        if (!_closing.IsCancellationRequested)
            Background.Tell(SessionFailures.Lost(connection.Endpoint, reason));
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closing.IsCancellationRequested)
                return;
            _closing.Cancel();
        }

        FailWaiting(new ObjectDisposedException(nameof(GrainsClient)));
        if (_running is not null)
            await _running.ConfigureAwait(false);
        await Background.WhenAllEndedAsync().ConfigureAwait(false);
        FailWaiting(new ObjectDisposedException(nameof(GrainsClient)));
    }

    /// <summary>The loop of the client's life: connect, restore, wait until the connection is over or on its way out, again.</summary>
    private async Task RunAsync()
    {
        var next = 0;
        var failed = 0;
        while (!_closing.IsCancellationRequested)
        {
            var connection = await TryConnectAsync(_endpoints[next++ % _endpoints.Count]).ConfigureAwait(false);
            if (connection is not null)
            {
                failed = 0;
                // The endpoint that worked is tried first when it is lost, the next after it.
                next--;
                var startedAt = _options.Time.GetTimestamp();
                await UseAsync(connection).ConfigureAwait(false);
                // A server that takes connections only to drop them is not to be hammered, nor one that has just lost all its clients.
                if (_options.Time.GetElapsedTime(startedAt) >= _options.Connection.ReconnectDelayMax)
                    _delay.Reset();
                await PauseAsync().ConfigureAwait(false);
            }
            else if (++failed % _endpoints.Count == 0)
            {
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task UseAsync(Connection connection)
    {
        Background.Add(RunAsync(connection));
        try
        {
            _parts!.Restore(connection);
            await StartWaitingAsync(connection).ConfigureAwait(false);
            _parts.Restored(connection);
        }
        catch (Exception exception)
        {
            // What could not be restored may be on the next one; OnClosed tells why this one ended.
            connection.Close(exception);
        }

        await connection.Left.ConfigureAwait(false);
        Leave(connection);
    }

    /// <summary>Gives a new connection the requests that wait, in the order in which they were made, and then lets new ones go to it.</summary>
    private async Task StartWaitingAsync(Connection connection)
    {
        while (true)
        {
            PendingAnswer next;
            lock (_lock)
            {
                // It may have ended, or said goodbye, by now.
                if (connection.Left.IsCompleted)
                    return;
                if (_waiting.Count == 0)
                {
                    _current = connection;
                    _connected.TrySetResult(connection);
                    return;
                }

                (var id, next) = _waiting.First();
                _waiting.Remove(id);
            }

            if (!await TryStartAsync(connection, next, CancellationToken.None).ConfigureAwait(false))
            {
                // It is closing; the request waits again.
                await connection.Left.ConfigureAwait(false);
                return;
            }
        }
    }

    /// <summary>False when the connection takes nothing any more: the request has been sent elsewhere.</summary>
    private async ValueTask<bool> TryStartAsync(Connection connection, PendingAnswer pending, CancellationToken cancellationToken)
    {
        var isTaken = await connection.TryStartAsync(pending, cancellationToken).ConfigureAwait(false);
        if (!isTaken)
            SendElsewhere(connection, [pending]);
        return isTaken;
    }

    /// <summary>The connection to take; null when the request has been put among those that wait for one.</summary>
    private Connection? TakeCurrentOrWait(PendingAnswer pending)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(GrainsClient));
            if (_current is null)
                Wait(pending);
            return _current;
        }
    }

    /// <summary>Takes requests from a connection that has ended: to the present one if there is another, else they wait.</summary>
    private void SendElsewhere(Connection ended, IReadOnlyList<PendingAnswer> requests)
    {
        Connection? other;
        lock (_lock)
        {
            ClearCurrent(ended);
            other = _current;
            if (other is null)
            {
                foreach (var pending in requests)
                    Wait(pending);
            }
        }

        if (other is not null && requests.Count > 0)
            Background.Add(StartAllAsync(other, requests));
    }

    private async Task StartAllAsync(Connection connection, IReadOnlyList<PendingAnswer> requests)
    {
        foreach (var pending in requests)
            await TryStartAsync(connection, pending, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Under the lock.</summary>
    private void Wait(PendingAnswer pending)
    {
        pending.HasWaited = true;
        if (_closing.IsCancellationRequested)
            pending.Fail(new ObjectDisposedException(nameof(GrainsClient)));
        else if (!pending.Answer.IsCompleted)
            _waiting[pending.Request.Id] = pending;
    }

    /// <summary>Under the lock.</summary>
    private void ClearCurrent(Connection connection)
    {
        if (_current != connection)
            return;
        _current = null;
        _connected = NewSource();
    }

    private void Forget(PendingAnswer pending)
    {
        if (pending.HasWaited)
        {
            lock (_lock)
                _waiting.Remove(pending.Request.Id);
        }

        _current?.Forget(pending);
    }

    private void FailWaiting(Exception reason)
    {
        TaskCompletionSource<Connection> waiters;
        lock (_lock)
        {
            waiters = _connected;
            _connected = NewSource();
            foreach (var pending in _waiting.Values)
                pending.Fail(reason);
            _waiting.Clear();
        }

        waiters.TrySetException(reason);
        _ = waiters.Task.Exception;
    }

    /// <summary>A connection's life, which may outlast its use: after goodbye it still brings the answers it owes.</summary>
    private async Task RunAsync(Connection connection)
    {
        using var closing = _closing.Token.UnsafeRegister(
            static c => ((Connection)c!).Close(new ObjectDisposedException(nameof(GrainsClient))), connection);
        await connection.RunAsync().ConfigureAwait(false);
    }

    /// <summary>New requests take this connection no more; what it has in flight goes on.</summary>
    private void Leave(Connection connection)
    {
        lock (_lock)
        {
            ClearCurrent(connection);
            connection.Leave();
        }
    }

    private async Task<Connection?> TryConnectAsync(Endpoint endpoint)
    {
        try
        {
            var connection = await _connector.ConnectAsync(endpoint, this, _closing.Token).ConfigureAwait(false);
            Counters.Connected();
            return connection;
        }
        catch (Exception exception)
        {
            // Whatever stands in the way of a connection may be gone at the next try; who waits learns it when the time is over.
            if (!_closing.IsCancellationRequested)
                Failed(endpoint, exception);
            return null;
        }
    }

    private void Failed(Endpoint endpoint, Exception exception)
    {
        var failure = SessionFailures.NotMade(endpoint, exception);
        _lastFailure = failure;
        Background.Tell(failure);
        if (exception is not GrainsException { Code: ErrorCode.Unauthorized } refused)
            return;
        // Waiting makes neither credentials right nor a certificate trusted: tell the waiters now.
        FailWaiting(new GrainsException(refused.Code, refused.Summary, refused.Details, refused));
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(_delay.Next(), _options.Time, _closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The loop sees it.
        }
    }

    private void ThrowIfTooLong(Request request)
    {
        var limit = Math.Min(_options.Limits.MessageBytesMax, _current?.Server.MessageBytesMax ?? int.MaxValue);
        if (request.Message.Length > limit)
            throw new GrainsException(ErrorCode.MessageTooLarge, $"The request has {request.Message.Length} bytes; the limit is {limit}.");
    }

    private static TaskCompletionSource<Connection> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
