using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Enumeration;
using Grains.Engine;
using Grains.Functions;

namespace Grains.Local;

/// <summary>
/// Functions of one process: finds a provider for each call, keeps its deadline, and sees that it ends exactly once. Providers are
/// the .NET functions of a <see cref="FunctionTable"/> and the connections that offer some. What a call goes through is told in
/// <see cref="RunningCall"/>, who gets it in <see cref="ProviderQueue"/>.
/// </summary>
public sealed class LocalFunctions : IFunctionEngine, IFunctionTableWatcher, IDisposable
{
    private readonly Lock _registry = new();
    private readonly ConcurrentDictionary<string, ProviderQueue> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunningCall> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ConnectionId, ConnectionCalls> _connections = new();
    private readonly FunctionOptions _options;
    private readonly TimeProvider _time;
    private readonly FunctionTable _functions;
    private readonly NodeInfo _node;
    private readonly BuiltInFunctions _builtIn;
    private readonly DeadlineQueue _deadlines;
    private volatile bool _stopping;

    public LocalFunctions(FunctionOptions options, TimeProvider time, IConnections connections, FunctionTable functions, NodeInfo? node = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        _options = options;
        _time = time;
        Connections = connections;
        _functions = functions;
        _node = node ?? new NodeInfo();
        _builtIn = new BuiltInFunctions(this, _node, time);
        _deadlines = new DeadlineQueue(time);
        functions.Attach(this);
    }

    internal IConnections Connections { get; }

    internal int ResultBytesMax => _options.ResultBytesMax;

    internal int OffersPerConnectionMax => _options.OffersPerConnectionMax;

    /// <summary>Calls that have not ended.</summary>
    public int CallsRunning => _calls.Count;

    /// <summary>A connection begins.</summary>
    public void OpenConnection(ConnectionId connection) => _connections.TryAdd(connection, new ConnectionCalls(connection));

    /// <summary>A connection has ended: what it offered goes, the calls that it ran fail, those that it made are cancelled.</summary>
    /// <returns>What it offered.</returns>
    public IReadOnlyList<string> CloseConnection(ConnectionId connection)
    {
        if (!_connections.TryRemove(connection, out var closed))
            return [];
        RunningCall[]? calls;
        string[]? offers;
        lock (_registry)
        {
            if (!closed.Close(out calls, out offers))
                return [];
            foreach (var function in offers)
                Withdraw(connection, function);
        }

        foreach (var call in calls)
            call.Lose(connection);
        return offers;
    }

    public ValueTask<CallReply> CallAsync(CallCommand command) => CallAsync(command, out _);

    /// <summary>Runs a call.</summary>
    /// <param name="command">What is called.</param>
    /// <param name="call">The call, which knows when it has ended whether a provider was asked; null when none was, for there is no call: it was
    /// refused, or the function is built in.</param>
    internal ValueTask<CallReply> CallAsync(CallCommand command, out RunningCall? call)
    {
        ArgumentNullException.ThrowIfNull(command);
        call = null;
        if (_builtIn.TryRun(command.Call, out var reply))
            return reply;
        if (TryMake(command, out var caller, out call) is { } refusal)
            return new(refusal);
        if (!_calls.TryAdd(command.CallId, call!))
            throw new ArgumentException($"The call id {command.CallId} is in use.", nameof(command));
        if (caller is not null && !caller.Add(call!))
            call!.Lose(caller.Id);
        if (_stopping)
            call!.ShutDown();
        call!.Ask();
        if (!call.HasEnded)
            _deadlines.Add(call);
        else
            caller?.Remove(call); // for the case that it ended before it was added
        return call.Reply;
    }

    public ValueTask CancelAsync(string callId)
    {
        if (_calls.TryGetValue(callId, out var call))
            call.Cancel();
        return ValueTask.CompletedTask;
    }

    public ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (OfferRules.Check(offer, _options) is { } refusal)
            return new(refusal);
        if (Find(provider) is not { } connection)
            return new(FunctionErrors.ConnectionNotFound(provider));
        lock (_registry)
        {
            if (connection.AddOffer(offer.Function, _options.OffersPerConnectionMax) is { } limit)
                return new(limit);
            QueueOf(offer.Function).Offer(provider, offer, function: null, _options.ConcurrencyMax);
            return new(CallReply.Ok(Value.None));
        }
    }

    public ValueTask<bool> WithdrawAsync(ConnectionId provider, string function)
    {
        lock (_registry)
            return new(Find(provider) is { } connection && connection.RemoveOffer(function) && Withdraw(provider, function));
    }

    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (_calls.TryGetValue(callId, out var call))
            call.Complete(provider, reply);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item)
    {
        if (_calls.TryGetValue(callId, out var call))
            call.Report(provider, item);
        return ValueTask.CompletedTask;
    }

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern)
    {
        var list = ImmutableArray.CreateBuilder<FunctionInfo>();
        list.AddRange(BuiltInFunctions.Matching(pattern, _node.Resources));
        foreach (var (name, queue) in _queues)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
                queue.List(list);
        }

        return new(list.ToImmutable());
    }

    public ValueTask<ImmutableArray<NodeInfo>> NodesAsync() => new([_node]);

    /// <summary>Ends every running call with <see cref="ErrorCode.ShuttingDown"/> and takes no more.</summary>
    public void Dispose()
    {
        _stopping = true;
        _functions.Detach(this);
        foreach (var call in _calls.Values)
            call.ShutDown();
        _deadlines.Dispose();
    }

    void IFunctionTableWatcher.Added(ServerFunction function)
    {
        var offer = function.Offer.Locs.IsDefaultOrEmpty ? function.Offer with { Locs = _node.Resources } : function.Offer;
        lock (_registry)
            QueueOf(offer.Function).Offer(default, offer, function, _options.ConcurrencyMax);
    }

    void IFunctionTableWatcher.Removed(string name)
    {
        lock (_registry)
            Withdraw(default, name);
    }

    /// <summary>The deadline of a call that begins now.</summary>
    internal long DeadlineUs(CallCommand command, long nowUs) => command.DeadlineAtUs == 0
        ? _options.DeadlineUs(nowUs, command.Call.Timeout)
        : Math.Min(command.DeadlineAtUs, nowUs + _options.TimeoutMax.ToUs());

    /// <returns>Why an offer would be refused, or null.</returns>
    internal CallReply? CheckOffer(FunctionOffer offer) => OfferRules.Check(offer, _options);

    /// <summary>A connection offers the function here; this program's own do not count.</summary>
    internal bool IsOffered(string function) => ProvidersOf(function).Any(provider => provider.ConnectionId.Length > 0);

    internal bool IsRunning(string callId) => _calls.ContainsKey(callId);

    /// <summary>Everybody who offers the function here.</summary>
    internal ImmutableArray<FunctionInfo> ProvidersOf(string function)
    {
        var list = ImmutableArray.CreateBuilder<FunctionInfo>();
        if (_queues.TryGetValue(function, out var queue))
            queue.List(list);
        return list.ToImmutable();
    }

    internal ConnectionCalls? Find(ConnectionId connection) =>
        !connection.IsNone && _connections.TryGetValue(connection, out var found) ? found : null;

    internal bool IsTooLarge(Value value) => value.Bytes.Length > _options.ResultBytesMax;

    /// <summary>A connection's answer, or the refusal of one that is too large.</summary>
    internal CallReply Checked(CallReply reply) => IsTooLarge(reply.Result) ? FunctionErrors.TooLarge(_options.ResultBytesMax) : reply;

    internal void Forget(RunningCall call)
    {
        _calls.TryRemove(call.CallId, out _);
        _deadlines.Remove(call);
    }

    /// <returns>The refusal, or null.</returns>
    private CallReply? TryMake(CallCommand command, out ConnectionCalls? caller, out RunningCall? made)
    {
        (caller, made) = (null, null);
        var call = command.Call;
        if (_stopping)
            return FunctionErrors.ShuttingDown();
        if (!command.Caller.IsNone && (caller = Find(command.Caller)) is null)
            return CallReply.Fail(ErrorCode.ConnectionLost, "The caller's connection is closed.");
        if (!call.Target.IsNone && Find(call.Target) is null)
            return FunctionErrors.ConnectionNotFound(call.Target);
        if (!_queues.TryGetValue(call.Function, out var queue))
            return FunctionErrors.NotFound(call.Function);
        var nowUs = _time.NowUs();
        var deadlineUs = DeadlineUs(command, nowUs);
        if (deadlineUs <= nowUs)
            return FunctionErrors.TimedOut(0);
        made = new RunningCall(this, command, queue, caller, nowUs, deadlineUs);
        return null;
    }

    private ProviderQueue QueueOf(string function) =>
        _queues.GetOrAdd(function, static (name, waitingMax) => new ProviderQueue(name, waitingMax), _options.CallsWaitingMax);

    private bool Withdraw(ConnectionId provider, string function)
    {
        if (!_queues.TryGetValue(function, out var queue) || !queue.Withdraw(provider))
            return false;
        if (queue.IsEmpty)
            _queues.TryRemove(function, out _);
        return true;
    }
}
