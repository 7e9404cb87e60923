using System.Collections.Concurrent;
using Grains.Connections;
using Grains.Engine;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Client;

/// <summary>
/// A connection of this program, which outlives sessions. In each it has another name, so that what is left of an earlier session cannot be taken for
/// it, and is restored before anything else is asked of it: its subscriptions where they stand, then what it offers. One thing is asked at a time.
/// </summary>
internal sealed partial class ClientConnection : IAsyncDisposable
{
    private static long _lastNumber;

    private readonly SessionLink _link;
    private readonly IConnections _connections;
    private readonly ClusterClientOptions _options;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<string, RemoteSubscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FunctionOffer> _offers = new(StringComparer.Ordinal);
    private readonly ClientCredit _credit = new();
    private RemoteSession? _namedIn;
    private RemoteSession? _restoredIn;
    private ConnectionId _name;
    private long _outstandingBytes;

    public ClientConnection(ConnectionId id, SessionLink link, IConnections connections, ClusterClientOptions options, ILogger logger)
    {
        Id = id;
        _link = link;
        _connections = connections;
        _options = options;
        _logger = logger;
    }

    /// <summary>What this program calls it.</summary>
    public ConnectionId Id { get; }

    /// <exception cref="OperationCanceledException">There was no silo in time.</exception>
    public Task<SubscribeReply> SubscribeAsync(SubscribeCommand command) => InTurnAsync(async (session, patience) =>
    {
        var subscription = new RemoteSubscription(this, command, _connections);
        var former = _subscriptions.GetValueOrDefault(command.SubscriptionId);
        var reply = await SubscribeAsync(session, subscription, command, patience).ConfigureAwait(false);
        if (reply.Error != ErrorCode.None)
            return reply;
        _subscriptions[command.SubscriptionId] = subscription;
        if (former is not null)
            session.Subscriptions.TryRemove(former.Number, out _);
        return reply with { Replaced = former is not null };
    });

    public Task ActivateAsync(string subscriptionId) => InTurnAsync(async (session, patience) =>
    {
        if (_subscriptions.TryGetValue(subscriptionId, out var subscription) && !subscription.IsActive)
        {
            await session.AskAsync(grain => grain.ActivateAsync(_name, subscriptionId), patience).ConfigureAwait(false);
            subscription.IsActive = true;
        }

        return true;
    });

    public Task<bool> UnsubscribeAsync(string subscriptionId) => InTurnAsync(async (session, patience) =>
    {
        if (!_subscriptions.TryRemove(subscriptionId, out var subscription))
            return false;
        await session.AskAsync(grain => grain.UnsubscribeAsync(_name, subscriptionId), patience).ConfigureAwait(false);
        session.Subscriptions.TryRemove(subscription.Number, out _);
        return true;
    });

    public Task<CallReply> OfferAsync(FunctionOffer offer) => InTurnAsync(async (session, patience) =>
    {
        var reply = await session.AskAsync(grain => grain.OfferAsync(_name, offer), patience).ConfigureAwait(false);
        if (reply.Error == ErrorCode.None)
            _offers[offer.Function] = offer;
        return reply;
    });

    public Task<bool> WithdrawAsync(string function) => InTurnAsync(async (session, patience) =>
        _offers.Remove(function) && await session.AskAsync(grain => grain.WithdrawAsync(_name, function), patience).ConfigureAwait(false));

    /// <summary>Its name in a session.</summary>
    /// <exception cref="NodeLostException">The session is lost, or its silo is stopping and does not know the connection.</exception>
    public async Task<ConnectionId> NameInAsync(RemoteSession session)
    {
        if (session.Names.TryGetValue(this, out var known))
            return known;
        await _turn.WaitAsync(_closing.Token).ConfigureAwait(false);
        try
        {
            await RestoreInTurnAsync(session).ConfigureAwait(false);
            return _name;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Goes on in a new session.</summary>
    public async Task RestoreAsync(RemoteSession session)
    {
        try
        {
            await NameInAsync(session).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NodeLostException or OperationCanceledException)
        {
            // The next session restores it, unless it has closed.
        }
    }

    /// <summary>Bytes have been delivered to this program.</summary>
    public void Delivered(long bytes) => _credit.Deliver(bytes);

    /// <summary>Bytes have been read.</summary>
    public void Grant(long bytes)
    {
        if (_credit.Read(bytes))
            _ = TellReadAsync();
    }

    /// <summary>A subscription has ended by its own rule or cannot go on.</summary>
    public void End(RemoteSubscription subscription, ErrorCode code, string message)
    {
        if (_subscriptions.TryRemove(KeyValuePair.Create(subscription.Id, subscription)))
            _connections.SubscriptionEnded(Id, subscription.Id, code, message);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_namedIn is not { IsLost: false } session)
                return;
            session.Connections.TryRemove(_name, out _);
            session.Names.TryRemove(this, out _);
            foreach (var subscription in _subscriptions.Values)
                session.Subscriptions.TryRemove(subscription.Number, out _);
            using var patience = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
            await session.AskAsync(grain => grain.CloseAsync(_name), patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NodeLostException or OperationCanceledException)
        {
            // It has gone, or goes, with the session.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does something on the present session or, as long as there is time, on the next ones: what was done on a session that is lost has
    /// gone with it.</summary>
    private async Task<T> InTurnAsync<T>(Func<RemoteSession, CancellationToken, Task<T>> act)
    {
        using var timer = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _closing.Token);
        await _turn.WaitAsync(patience.Token).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var session = await _link.GetAsync(patience.Token).ConfigureAwait(false);
                try
                {
                    await RestoreInTurnAsync(session).ConfigureAwait(false);
                    return await act(session, patience.Token).ConfigureAwait(false);
                }
                catch (NodeLostException) when (!session.IsUsable)
                {
                    // The next one.
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>However little time somebody has who waits for it: half restored it would be of no use to anybody.</summary>
    private async Task RestoreInTurnAsync(RemoteSession session)
    {
        if (_restoredIn == session)
            return;
        if (!session.IsUsable)
            throw RemoteSession.Gone();
        var (former, formerName) = (_namedIn, _name);
        _name = ConnectionTable.NextId();
        _namedIn = session;
        session.Connections[_name] = this;
        _outstandingBytes = _credit.Restart();
        foreach (var subscription in _subscriptions.Values)
            await ResumeAsync(session, subscription).ConfigureAwait(false);
        foreach (var offer in _offers.Values.ToList())
            await OfferAgainAsync(session, offer).ConfigureAwait(false);
        session.Names[this] = _name;
        _restoredIn = session;
        if (former is { IsLeaving: true })
            await WithdrawFromAsync(former, formerName).ConfigureAwait(false);
    }

    /// <summary>Calls come to the new session from now on; those that run in the former one go on.</summary>
    private async Task WithdrawFromAsync(RemoteSession former, ConnectionId name)
    {
        try
        {
            foreach (var function in _offers.Keys.ToList())
                await former.AskAsync(grain => grain.WithdrawAsync(name, function), _closing.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NodeLostException or OperationCanceledException)
        {
            // It went with the former session.
        }
    }

    private async Task ResumeAsync(RemoteSession session, RemoteSubscription subscription)
    {
        while (true)
        {
            var reply = await SubscribeAsync(session, subscription, subscription.ToResume(), _closing.Token).ConfigureAwait(false);
            if (reply.Error == ErrorCode.None)
                break;
            if (ErrorCodes.RetryOf(reply.Error) == Retry.No)
            {
                End(subscription, reply.Error, reply.Message ?? "The subscription could not be resumed.");
                return;
            }

            // The cluster has not given up the lost silo yet.
            await session.PauseAsync(_closing.Token).ConfigureAwait(false);
        }

        if (subscription.IsActive)
            await session.AskAsync(grain => grain.ActivateAsync(_name, subscription.Id), _closing.Token).ConfigureAwait(false);
    }

    private async Task<SubscribeReply> SubscribeAsync(
        RemoteSession session, RemoteSubscription subscription, SubscribeCommand command, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        var reply = await session.AskAsync(grain => grain.SubscribeAsync(_name, number, _outstandingBytes, command), cancellationToken)
            .ConfigureAwait(false);
        if (reply.Error != ErrorCode.None)
            return reply;
        subscription.Acknowledged(reply);
        subscription.Number = number;
        // It delivers nothing before it is activated.
        session.Subscriptions[number] = subscription;
        return reply;
    }

    private async Task OfferAgainAsync(RemoteSession session, FunctionOffer offer)
    {
        while (true)
        {
            var reply = await session.AskAsync(grain => grain.OfferAsync(_name, offer), _closing.Token).ConfigureAwait(false);
            if (reply.Error == ErrorCode.None)
                return;
            if (ErrorCodes.RetryOf(reply.Error) == Retry.No)
            {
                _offers.Remove(offer.Function);
                Log.NotOffered(_logger, offer.Function, reply.Error, reply.Message);
                return;
            }

            await session.PauseAsync(_closing.Token).ConfigureAwait(false);
        }
    }

    private async Task TellReadAsync()
    {
        try
        {
            // In the turn: of a session that begins meanwhile nothing has been read.
            await _turn.WaitAsync(_closing.Token).ConfigureAwait(false);
            try
            {
                if (_restoredIn is { } session && _credit.Tell() is { } read)
                    await session.AskAsync(grain => grain.GrantAsync(_name, read), _closing.Token).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception error) when (error is NodeLostException or OperationCanceledException)
        {
            // The next session is told what has not been read.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(340, LogLevel.Error, "The function {Function} could not be offered again: {Error} {Message}")]
        public static partial void NotOffered(ILogger logger, string function, ErrorCode error, string? message);
    }
}
