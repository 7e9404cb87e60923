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
    private TaskCompletionSource<Connection> _connected = NewSource();
    private TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        _delay = new ReconnectDelay(options.Connection, Random.Shared);
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
    /// <exception cref="GrainsException">The credentials were refused.</exception>
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

        return await connected.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and gives its answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">Time for all of it, the wait for a connection included.</param>
    /// <param name="cancellationToken">Stops the wait; the outcome is then unknown.</param>
    /// <exception cref="GrainsException"><see cref="ErrorCode.MessageTooLarge"/>, <see cref="ErrorCode.Timeout"/>, <see cref="ErrorCode.ConnectionLost"/>,
    /// <see cref="ErrorCode.Unauthorized"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(Request request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ThrowIfTooLong(request);
        cancellationToken.ThrowIfCancellationRequested();
        var startedAt = Counters.RequestStarted();
        using var timer = new CancellationTokenSource(timeout, _options.Time);
        using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken) : null;
        var waiting = linked?.Token ?? timer.Token;
        var wasSent = false;
        try
        {
            while (true)
            {
                var connection = _current ?? await ConnectAsync(waiting).ConfigureAwait(false);
                try
                {
                    return await connection.RequestAsync(request, waiting).ConfigureAwait(false);
                }
                catch (ConnectionLostException lost) when (!lost.WasSent || request.CanRepeat)
                {
                    wasSent |= lost.WasSent;
                }
                catch (ConnectionLostException lost)
                {
                    throw new GrainsException(ErrorCode.ConnectionLost, "The connection was lost before the answer came.", lost.Message, lost);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, typeof(GrainsClient));
            throw TimedOut(timeout, wasSent);
        }
        finally
        {
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

    void IConnectionEvents.OnClosed(Connection connection, Exception reason)
    {
        _lastFailure = reason;
        Leave(connection);
        _parts!.OnClosed(connection);
        if (!_closing.IsCancellationRequested)
            _options.OnError?.Invoke(new GrainsException(ErrorCode.ConnectionLost, $"The connection to {connection.Endpoint} was lost.", reason.Message, reason));
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closing.IsCancellationRequested)
                return;
            _closing.Cancel();
            _connected.TrySetException(new ObjectDisposedException(nameof(GrainsClient)));
            _ = _connected.Task.Exception;
        }

        if (_running is not null)
            await _running.ConfigureAwait(false);
        await Background.WhenAllEndedAsync().ConfigureAwait(false);
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
        lock (_lock)
            _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Background.Add(connection.RunAsync());
        _parts!.Restore(connection);
        lock (_lock)
        {
            // It may have ended, or said goodbye, while it was being restored.
            if (!connection.Ended.IsCompleted && !_leaving.Task.IsCompleted)
            {
                _current = connection;
                _connected.TrySetResult(connection);
            }
        }

        _parts.Restored(connection);
        using (_closing.Token.UnsafeRegister(static s => ((Connection)s!).Close(new ObjectDisposedException(nameof(GrainsClient))), connection))
        {
            await Task.WhenAny(_leaving.Task, connection.Ended).ConfigureAwait(false);
        }

        Leave(connection);
        if (_closing.IsCancellationRequested)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>New requests take this connection no more; what it has in flight goes on.</summary>
    private void Leave(Connection connection)
    {
        lock (_lock)
        {
            if (_current == connection)
            {
                _current = null;
                _connected = NewSource();
            }

            _leaving.TrySetResult();
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
        _lastFailure = exception;
        _options.OnError?.Invoke(new GrainsException(ErrorCode.ConnectionLost, $"No connection to {endpoint}.", exception.Message, exception));
        if (exception is not GrainsException { Code: ErrorCode.Unauthorized } refused)
            return;
        // Waiting does not make credentials right: tell the waiters now.
        TaskCompletionSource<Connection> waiters;
        lock (_lock)
        {
            waiters = _connected;
            _connected = NewSource();
        }

        waiters.TrySetException(new GrainsException(refused.Code, refused.Message, refused.Details, refused));
        _ = waiters.Task.Exception;
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

    private GrainsException TimedOut(TimeSpan timeout, bool wasSent) => _current is null && !wasSent
        ? new GrainsException(ErrorCode.ConnectionLost, $"There was no connection for {timeout.TotalSeconds:0.###} s; the request was not sent.", _lastFailure?.Message, _lastFailure)
        : new GrainsException(ErrorCode.Timeout, $"No answer came within {timeout.TotalSeconds:0.###} s.");

    private void ThrowIfTooLong(Request request)
    {
        var limit = Math.Min(_options.Limits.MessageBytesMax, _current?.Server.MessageBytesMax ?? int.MaxValue);
        if (request.Message.Length > limit)
            throw new GrainsException(ErrorCode.MessageTooLarge, $"The request has {request.Message.Length} bytes; the limit is {limit}.");
    }

    private static TaskCompletionSource<Connection> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
