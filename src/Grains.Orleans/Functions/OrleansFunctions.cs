using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;
using Grains.Local;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// Functions on a cluster, as one silo's connections see them. A .NET function runs on the silo where it is called, if it can. As soon as
/// connections offer a function its grain decides who runs each call, with the rules of one node over the connections of all. What a connection
/// offers and which calls it makes or runs is known on its own silo.
/// </summary>
internal sealed class OrleansFunctions : IFunctionEngine, IFunctionTableWatcher, IAsyncDisposable
{
    private readonly ConcurrentDictionary<ConnectionId, ConnectionOffers> _connections = new();
    private readonly ConcurrentDictionary<string, OutgoingCall> _calls = new(StringComparer.Ordinal);
    private readonly Invocations _invocations;
    private readonly IConnections _local;
    private readonly TimeProvider _time;
    private readonly IGrainFactory _grains;
    private readonly Silos _silos;
    private readonly FunctionSilos _others;
    private readonly RoutedConnections _routed;
    private readonly Deciders _deciders;
    private readonly FunctionTable _functions;
    private readonly BuiltInFunctions _builtIn;
    private readonly SiloCalls _asks;
    private readonly NameTeller _teller;
    private readonly EndTeller _ends;
    private readonly Lock _renaming = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task? _watching;
    private int _turn;

    public OrleansFunctions(
        EngineSettings settings, TimeProvider time, IConnections connections, FunctionTable functions, IGrainFactory grains, Silos silos,
        FunctionSilos others, IOptions<ClusterOptions> cluster, ILogger<OrleansFunctions> logger)
    {
        _time = time;
        _local = connections;
        _grains = grains;
        _silos = silos;
        _others = others;
        _functions = functions;
        _asks = new SiloCalls(logger);
        _invocations = new Invocations(connections, silos.Local, () => Host!, others, logger);
        _routed = new RoutedConnections(this, silos.Local, others, logger);
        _deciders = new Deciders(grains);
        Node = settings.Node with { ClusterId = cluster.Value.ClusterId };
        Host = new LocalFunctions(settings.Functions, time, _routed, functions, Node);
        _builtIn = new BuiltInFunctions(this, Node, time);
        _teller = new NameTeller(silos, (silo, names) => others.Of(silo).NamesAsync(silos.Local, names));
        _ends = new EndTeller(grains, silos, CallerClosedAtAsync);
        functions.Attach(this);
    }

    /// <summary>The rules, for what is decided on this silo.</summary>
    public LocalFunctions Host { get; }

    public FunctionNames Names { get; } = new();

    public NodeInfo Node { get; }

    public SiloAddress Local => _silos.Local;

    public ImmutableArray<FunctionName> OwnNames => Names.Of(_silos.Local);

    /// <summary>What there is at the others; what is no longer there is forgotten.</summary>
    public Task LookAsync()
    {
        _watching ??= _silos.WatchAsync(JoinedAsync, LeftAsync, _stopping.Token);
        return _silos.AskAllAsync(async silo =>
        {
            if (!silo.Equals(_silos.Local))
                Names.Replace(silo, await _others.Of(silo).OwnNamesAsync());
            return true;
        });
    }

    /// <summary>The silo is active: looks again, and tells what there is here.</summary>
    public async Task JoinAsync()
    {
        await LookAsync();
        foreach (var silo in _silos.Others)
            _teller.Tell(silo, OwnNames);
        await _teller.FlushAsync();
    }

    public void OpenConnection(ConnectionId connection)
    {
        _connections.TryAdd(connection, new ConnectionOffers(connection));
        Host.OpenConnection(connection);
    }

    public async ValueTask CloseConnectionAsync(ConnectionId connection)
    {
        if (!_connections.TryRemove(connection, out var closed))
            return;
        Host.CloseConnection(connection);
        _invocations.Forget(connection);
        var offered = closed.Close(out var calls);
        foreach (var function in offered)
            Rename(function, _functions.Contains(function));
        if (!closed.HasBeenElsewhere)
            return;
        var unpinned = offered.Select(function => _asks.TryAsync(() => _grains.GetGrain<IFunctionGrain>(function).CloseAsync(connection)));
        await EndTeller.HeardAsync(Task.WhenAll([.. unpinned, _teller.FlushAsync(), _ends.TellClosedAsync(connection, calls)]));
    }

    public async ValueTask<CallReply> CallAsync(CallCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (_builtIn.TryRun(command.Call, out var built))
            return await _asks.AskAsync(built.AsTask);
        var name = command.Call.Function;
        var isOffered = Names.IsOffered(name);
        var decided = isOffered
            ? await CallElsewhereAsync(command, isOffered)
            : new DecidedReply(await Host.CallAsync(command, out var call), call is { WasAsked: true });
        if (!isOffered && decided.IsNotFound && command.Call.Target.IsNone && Names.IsServedBeside(_silos.Local, name))
            decided = await CallElsewhereAsync(command, isOffered);

        // Where it was decided the target need not be known; it may be connected anywhere.
        return decided is { WasAsked: false, Reply.Error: ErrorCode.ConnectionNotFound } && !command.Call.Target.IsNone
            ? await FindTargetAsync(command, decided.Reply) : decided.Reply;
    }

    public async ValueTask CancelAsync(string callId)
    {
        if (_calls.TryGetValue(callId, out var call))
            await call.CancelAsync();
        else
            await Host.CancelAsync(callId);
    }

    public async ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (Host.CheckOffer(offer) is { } refusal)
            return refusal;
        if (!_connections.TryGetValue(provider, out var connection))
            return FunctionErrors.ConnectionNotFound(provider);
        if (connection.Add(offer, Host.OffersPerConnectionMax, out var known) is { } limit)
            return limit;
        var reply = await connection.InTurnAsync(
            offer.Function, () => _asks.AskAsync(() => _grains.GetGrain<IFunctionGrain>(offer.Function).OfferAsync(_silos.Local, provider, offer)));
        if (reply.Error != ErrorCode.None && !known)
            connection.Remove(offer);
        // It may have come there, or after the end.
        if (connection.IsClosed)
            _ = Task.WhenAll(
                _ends.TellClosedAsync(provider), _asks.TryAsync(() => _grains.GetGrain<IFunctionGrain>(offer.Function).CloseAsync(provider)));
        else if (reply.Error is ErrorCode.None or ErrorCode.NodeLost && connection.Find(offer.Function) is null)
            _ = _ends.TellWithdrawnAsync(provider, connection, offer.Function);
        // Every silo hears with the name where to go, so that not even the first calls have to ask, and come in their order.
        if (reply.Error == ErrorCode.None)
            await _asks.TryAsync(() => _deciders.OfAsync(offer.Function));
        await RenameAsync(offer.Function);
        return reply;
    }

    public async ValueTask<bool> WithdrawAsync(ConnectionId provider, string function)
    {
        if (!_connections.TryGetValue(provider, out var connection) || !connection.Remove(function))
            return false;
        Rename(function, _functions.Contains(function));
        await EndTeller.HeardAsync(Task.WhenAll(_teller.FlushAsync(), _ends.TellWithdrawnAsync(provider, connection, function)));
        return true;
    }

    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return _invocations.CompleteAsync(provider, callId, reply);
    }

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item) => _invocations.ReportAsync(provider, callId, item);

    public async ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern)
    {
        var answers = await SiloCalls.OrThrowAsync(() => _silos.AskAllAsync(silo =>
            silo.Equals(_silos.Local) ? Host.ListAsync(pattern).AsTask() : _others.Of(silo).ListAsync(pattern)));
        // Functions in the server are at every silo; they are told once.
        return [.. answers.SelectMany(answer => answer.Answer).DistinctBy(info => (info.Offer.Function, info.ConnectionId))];
    }

    public async ValueTask<ImmutableArray<NodeInfo>> NodesAsync()
    {
        var nodes = await SiloCalls.OrThrowAsync(() => _silos.AskAllAsync(silo =>
            silo.Equals(_silos.Local) ? Task.FromResult(Node) : _others.Of(silo).NodeAsync()));
        var others = nodes.Where(node => !node.Silo.Equals(_silos.Local)).Select(node => node.Answer);
        return [Node, .. others.OrderBy(node => node.NodeId, StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        _functions.Detach(this);
        await _stopping.CancelAsync();
        await (_watching ?? Task.CompletedTask);
        Host.Dispose();
        _stopping.Dispose();
    }

    void IFunctionTableWatcher.Added(ServerFunction function) => Rename(function.Offer.Function, isServer: true);

    void IFunctionTableWatcher.Removed(string name) => Rename(name, isServer: false);

    /// <summary>A call that is decided on this silo.</summary>
    internal async Task<DecidedReply> DecideAsync(SiloAddress caller, CallCommand command)
    {
        if (!command.Caller.IsNone)
        {
            _routed.Know(command.Caller, caller);
            Host.OpenConnection(command.Caller);
        }

        var reply = await Host.CallAsync(command, out var call);
        return new(await _routed.FlushAsync(command.CallId) ?? reply, call is { WasAsked: true });
    }

    /// <summary>The function's grain has come up here: who offers it?</summary>
    /// <param name="function">Its name.</param>
    /// <param name="cancellationToken">Cancelled when the activation is given up: then nothing is decided here.</param>
    internal async Task TakeUpAsync(string function, CancellationToken cancellationToken)
    {
        var answers = await _silos.AskAllAsync(
            silo => silo.Equals(_silos.Local) ? Task.FromResult(OffersOf(function)) : _others.Of(silo).OffersAsync(function), patiently: true);
        foreach (var (silo, offers) in answers)
        {
            foreach (var offered in offers)
            {
                if (!cancellationToken.IsCancellationRequested)
                    await OfferHereAsync(silo, offered.Connection, offered.Offer);
            }
        }

        if (cancellationToken.IsCancellationRequested)
            await LetGoAsync(function);
        cancellationToken.ThrowIfCancellationRequested();
    }

    internal async Task<CallReply> OfferHereAsync(SiloAddress silo, ConnectionId provider, FunctionOffer offer)
    {
        _routed.Know(provider, silo);
        Host.OpenConnection(provider);
        return await Host.OfferAsync(provider, offer);
    }

    /// <summary>The function's grain goes: what runs goes on, but nothing more is decided here.</summary>
    internal async Task LetGoAsync(string function)
    {
        foreach (var info in Host.ProvidersOf(function))
        {
            if (info.ConnectionId.Length > 0)
                await Host.WithdrawAsync(new ConnectionId(info.ConnectionId), function);
        }
    }

    /// <summary>The silos that have the function as a .NET function, each time with another one first.</summary>
    internal IEnumerable<SiloAddress> ServersOf(string function)
    {
        var servers = Names.Servers(function, _silos.IsActive);
        var first = (int)((uint)Interlocked.Increment(ref _turn) % (uint)Math.Max(1, servers.Count));
        return servers.Skip(first).Concat(servers.Take(first));
    }

    internal Task<DecidedReply> CallAtAsync(SiloAddress silo, CallCommand command) =>
        silo.Equals(_silos.Local) ? DecideAsync(silo, command) : _others.Of(silo).CallAsync(_silos.Local, command);

    internal Task CancelAtAsync(SiloAddress silo, string callId) =>
        silo.Equals(_silos.Local) ? Host.CancelAsync(callId).AsTask() : _others.Of(silo).CancelAsync(callId);

    internal Task CallerClosedAtAsync(SiloAddress silo, ConnectionId caller)
    {
        if (!silo.Equals(_silos.Local))
            return _others.Of(silo).CallerClosedAsync(caller);
        CloseHere(caller);
        return Task.CompletedTask;
    }

    /// <summary>A connection of another silo has closed.</summary>
    internal void CloseHere(ConnectionId connection)
    {
        if (_connections.ContainsKey(connection))
            return;
        var offered = Host.CloseConnection(connection);
        _routed.Forget(connection);
        foreach (var function in offered.Where(function => !Host.IsOffered(function)))
            _ = _ends.TellClosedAsync(connection, function);
    }

    internal bool InvokeHere(SiloAddress decider, ConnectionId provider, Invocation invocation) => _invocations.Invoke(decider, provider, invocation);

    internal void CancelHere(ConnectionId provider, string callId, ErrorCode reason) => _invocations.Cancel(provider, callId, reason);

    /// <summary>The functions at another silo have changed.</summary>
    internal void Learn(SiloAddress silo, FunctionName name)
    {
        Names.Set(silo, name);
        if (name.Decider is { } decider)
            _deciders.Learn(name.Name, decider);
    }

    internal void ReportHere(ConnectionId caller, string callId, Value item) => _local.Report(caller, callId, item);

    internal ImmutableArray<OfferedHere> OffersOf(string function) =>
        [.. _connections.Select(pair => pair.Value.Find(function) is { } offer ? new OfferedHere(pair.Key, offer) : null).OfType<OfferedHere>()];

    internal bool IsOpenHere(ConnectionId connection) => _connections.ContainsKey(connection);

    private async Task<DecidedReply> CallElsewhereAsync(CallCommand command, bool isOffered)
    {
        var call = new OutgoingCall(this, _deciders, command, isOffered, _asks, new CallPatience(Host, command, _time));
        ConnectionOffers? caller = null;
        if (!command.Caller.IsNone && !(_connections.TryGetValue(command.Caller, out caller) && caller.Add(call)))
            return new(CallReply.Fail(ErrorCode.ConnectionLost, "The caller's connection is closed."), WasAsked: false);
        if (!_calls.TryAdd(command.CallId, call))
            throw new ArgumentException($"The call id {command.CallId} is in use.", nameof(command));
        _ = ForgetAsync(call, command.CallId, caller);
        return new(await call.RunAsync(), call.WasAsked);
    }

    /// <summary>Until the call has ended where it was made, a cancel and the end of its caller are told there.</summary>
    private async Task ForgetAsync(OutgoingCall call, string callId, ConnectionOffers? caller)
    {
        await call.Ended;
        _calls.TryRemove(callId, out _);
        caller?.Remove(call);
    }

    /// <summary>A target that does not offer the function is another matter than one that there is not.</summary>
    private Task<CallReply> FindTargetAsync(CallCommand command, CallReply notFound)
    {
        var found = _asks.AskAsync(async () => await IsOpenAsync(command.Call.Target) ? FunctionErrors.NotFound(command.Call.Function) : notFound);
        return new CallPatience(Host, command, _time).WaitAsync(found, givenUp: Task.Delay(Timeout.Infinite));
    }

    private async Task<bool> IsOpenAsync(ConnectionId connection) => IsOpenHere(connection)
        || (await _silos.AskAllAsync(silo => silo.Equals(_silos.Local) ? Task.FromResult(false) : _others.Of(silo).IsOpenAsync(connection)))
            .Any(answer => answer.Answer);

    private Task RenameAsync(string function)
    {
        Rename(function, _functions.Contains(function));
        return _teller.FlushAsync();
    }

    private void Rename(string function, bool isServer)
    {
        // What is found, kept and told belongs together: two changes at once must not be told in another order.
        lock (_renaming)
        {
            var offered = _connections.Values.Any(connection => connection.Find(function) is not null);
            var owners = (offered ? NameOwners.Connections : NameOwners.None) | (isServer ? NameOwners.Server : NameOwners.None);
            if (Names.Of(_silos.Local, function) == owners)
                return;
            var name = new FunctionName(function, owners, offered ? _deciders.Find(function) : null);
            Names.Set(_silos.Local, name);
            _teller.Tell(name);
        }
    }

    private Task JoinedAsync(SiloAddress silo)
    {
        lock (_renaming)
            _teller.Tell(silo, OwnNames);
        return Task.CompletedTask;
    }

    private async Task LeftAsync(SiloAddress silo)
    {
        _teller.Forget(silo);
        Names.Remove(silo);
        _deciders.Forget(silo);
        foreach (var connection in _routed.Of(silo))
            CloseHere(connection);
        _invocations.Lose(silo);
        // What was decided there comes up elsewhere, and finds who offers it.
        var offered = OwnNames.Where(name => name.Owners.HasFlag(NameOwners.Connections));
        await Task.WhenAll(offered.Select(name => _asks.TryAsync(() => _deciders.OfAsync(name.Name))));
    }
}
