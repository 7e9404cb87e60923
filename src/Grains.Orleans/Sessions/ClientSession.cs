using System.Collections.Concurrent;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Sessions;

/// <summary>
/// A session at its silo: the connections of its client, the calls that it makes and runs, and the events that it fetches. It ends once: when the
/// client says so, gives no sign of life, or the silo stops. Used by any thread.
/// </summary>
internal sealed partial class ClientSession : IAsyncDisposable
{
    /// <summary>Silence is counted in so many looks, so that a machine that has slept does not end every session when it wakes.</summary>
    private const int SilentLooksMax = 4;

    private readonly ConcurrentDictionary<ConnectionId, SessionConnection> _connections = new();
    private readonly ConcurrentDictionary<string, SessionCall> _calls = new(StringComparer.Ordinal);
    private readonly ConnectionInfo _info;
    private readonly SessionTable _table;
    private readonly Action _whenEnded;
    private readonly ITimer _watch;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _silentLooks;
    private volatile bool _isEnded;
    private Task? _ending;

    /// <param name="id">Of the session.</param>
    /// <param name="client">The name that the client gives itself.</param>
    /// <param name="table">The sessions of this silo.</param>
    /// <param name="ended">Told when it has ended.</param>
    public ClientSession(Guid id, string client, SessionTable table, Action ended)
    {
        Id = id;
        _info = new ConnectionInfo("orleans", "client", client);
        _table = table;
        _whenEnded = ended;
        Outbox = new SessionOutbox(table.Options, Acknowledged);
        var look = table.Options.SilenceMax / SilentLooksMax;
        _watch = table.Options.Time.CreateTimer(static session => ((ClientSession)session!).Look(), this, look, look);
    }

    public Guid Id { get; }

    public SessionOutbox Outbox { get; }

    public bool IsEnded => _isEnded;

    private ITopicEngine Topics => _table.Engine.Topics;

    private IFunctionEngine Functions => _table.Engine.Functions;

    public Task<SessionBatch> NextAsync(long acknowledged, TimeSpan wait)
    {
        Interlocked.Exchange(ref _silentLooks, 0);
        var longest = _table.Options.PollTimeMax;
        return Outbox.NextAsync(acknowledged, wait < longest ? wait : longest);
    }

    public async Task<SubscribeReply> SubscribeAsync(ConnectionId id, long number, long outstandingBytes, SubscribeCommand command)
    {
        if (await TryOpenAsync(id, outstandingBytes) is not { } connection)
            return SubscribeReply.Fail(ErrorCode.TooManySubscriptions, TooManyConnections);
        var reply = await Topics.SubscribeAsync(id, command);
        if (reply.Error == ErrorCode.None)
            connection.Know(command.SubscriptionId, number);
        ThrowIfEnded();
        return reply;
    }

    public ValueTask ActivateAsync(ConnectionId id, string subscriptionId) => Topics.ActivateAsync(id, subscriptionId);

    public async Task<bool> UnsubscribeAsync(ConnectionId id, string subscriptionId)
    {
        var existed = await Topics.UnsubscribeAsync(id, subscriptionId);
        if (_connections.TryGetValue(id, out var connection))
            connection.Forget(subscriptionId);
        return existed;
    }

    public ValueTask GrantAsync(ConnectionId id, long readBytes) =>
        _connections.TryGetValue(id, out var connection) && connection.Read(readBytes) is > 0 and var more
            ? Topics.GrantAsync(id, more)
            : default;

    public async Task CloseAsync(ConnectionId id)
    {
        if (!_connections.TryRemove(id, out _))
            return;
        _table.Connections.Remove(id);
        await _table.Engine.CloseAsync(id);
    }

    public async Task<CallReply> OfferAsync(ConnectionId id, FunctionOffer offer)
    {
        if (await TryOpenAsync(id, 0) is null)
            return CallReply.Fail(ErrorCode.FunctionLimit, TooManyConnections);
        var reply = await Functions.OfferAsync(id, offer);
        ThrowIfEnded();
        return reply;
    }

    public ValueTask<bool> WithdrawAsync(ConnectionId id, string function) => Functions.WithdrawAsync(id, function);

    /// <returns>The refusal; null when it runs, or did already.</returns>
    public async Task<CallReply?> CallAsync(string callId, ConnectionId caller, FunctionCall call, TimeSpan timeout)
    {
        if (_calls.ContainsKey(callId))
            return null;
        if (_calls.Count >= _table.Options.CallsMax)
            return CallReply.Fail(ErrorCode.TooManyCalls, $"{_table.Options.CallsMax} calls of this program have not been answered.");
        if (Outbox.IsFull)
            return CallReply.Fail(ErrorCode.TooManyCalls, "This program has not fetched the answers that it has.");
        if (!caller.IsNone && await TryOpenAsync(caller, 0) is null)
            return CallReply.Fail(ErrorCode.TooManyCalls, TooManyConnections);
        if (_calls.TryAdd(callId, new SessionCall()))
            _ = RunAsync(new CallCommand(callId, caller, call, _table.Time.NowUs() + timeout.ToUs()));
        return null;
    }

    public ValueTask CancelAsync(string callId) => Functions.CancelAsync(callId);

    public ValueTask CompleteAsync(ConnectionId id, string callId, CallReply reply)
    {
        if (_connections.TryGetValue(id, out var connection))
            connection.Completed(callId);
        return Functions.CompleteAsync(id, callId, reply);
    }

    public ValueTask ReportAsync(ConnectionId id, string callId, long number, Value item) =>
        _connections.TryGetValue(id, out var connection) && connection.IsNewReport(callId, number)
            ? Functions.ReportAsync(id, callId, item)
            : default;

    /// <summary>A streamed item of a call that the client makes.</summary>
    public void Report(string callId, Value item)
    {
        if (!_calls.TryGetValue(callId, out var call) || call.IsCut)
            return;
        if (!Outbox.IsFull)
        {
            Outbox.Add(new SessionEvent.Reported(callId, item));
            return;
        }

        call.IsCut = true;
        _ = Functions.CancelAsync(callId).AsTask();
    }

    /// <summary>The silo is stopping: the client is asked to go elsewhere, and has some time to let its calls end.</summary>
    public async Task LeaveAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        Outbox.Leave();
        await _ended.Task.WaitAsync(within, _table.Options.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends it, at the first time; later ones wait for the same end.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _isEnded = true;
            return _ending ??= EndOnceAsync();
        }
    }

    public ValueTask DisposeAsync() => new(EndAsync());

    private string TooManyConnections => $"A program has at most {_table.Options.ConnectionsMax} connections here, one for each subscription.";

    private async Task<SessionConnection?> TryOpenAsync(ConnectionId id, long outstandingBytes)
    {
        if (_connections.TryGetValue(id, out var known))
            return known;
        if (_connections.Count >= _table.Options.ConnectionsMax)
            return null;
        var connection = new SessionConnection(id, _info, this, _table.Time);
        if (!_connections.TryAdd(id, connection))
            return _connections[id];
        _table.Connections.Add(connection);
        await _table.Engine.OpenAsync(id, _info);
        if (outstandingBytes > 0)
            await Topics.GrantAsync(id, -outstandingBytes);
        // It may have ended while this one was opened.
        if (_isEnded)
            await CloseAsync(id);
        return connection;
    }

    /// <summary>What was refused because everything has ended was not refused.</summary>
    private void ThrowIfEnded()
    {
        if (_isEnded)
            throw new SessionEndedException();
    }

    private async Task RunAsync(CallCommand command)
    {
        CallReply reply;
        try
        {
            reply = await Functions.CallAsync(command).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.CallFailed(_table.Logger, command.Call.Function, error);
            reply = CallReply.Fail(ErrorCode.Internal, "Internal error", "The silo's log says more.");
        }

        if (_calls.TryGetValue(command.CallId, out var call) && call.IsCut)
            reply = CallReply.Fail(ErrorCode.SlowReader, "The stream was cut: its items were not read in time.");
        Outbox.Add(new SessionEvent.CallEnded(command.CallId, reply));
    }

    private void Acknowledged(SessionEvent happened)
    {
        if (happened is SessionEvent.CallEnded ended)
            _calls.TryRemove(ended.CallId, out _);
    }

    private void Look()
    {
        if (Interlocked.Increment(ref _silentLooks) <= SilentLooksMax)
            return;
        Log.Silent(_table.Logger, Id, _info.RemoteAddress);
        _ = EndAsync();
    }

    private async Task EndOnceAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await _watch.DisposeAsync();
        _table.Forget(this);
        Outbox.Close();
        await Task.WhenAll(_calls.Keys.Select(callId => TryAsync(() => Functions.CancelAsync(callId).AsTask())));
        await Task.WhenAll(_connections.Keys.Select(id => TryAsync(() => CloseAsync(id))));
        _whenEnded();
        _ended.SetResult();
    }

    /// <summary>What cannot be told to the rest of the cluster must not keep the rest of the session alive.</summary>
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error)
        {
            Log.EndFailed(_table.Logger, Id, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(310, LogLevel.Information, "The session {Session} of {Client} has ended: its client gave no sign of life")]
        public static partial void Silent(ILogger logger, Guid session, string client);

        [LoggerMessage(311, LogLevel.Error, "A call of {Function} for a client failed")]
        public static partial void CallFailed(ILogger logger, string function, Exception error);

        [LoggerMessage(312, LogLevel.Warning, "Not everything of the session {Session} could be ended at once")]
        public static partial void EndFailed(ILogger logger, Guid session, Exception error);
    }
}
