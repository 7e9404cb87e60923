using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The functions of a cluster, each call on the silo of its connection, or on the silos in turn.</summary>
internal sealed class SpreadFunctions(TwoSilos silos) : IFunctionEngine
{
    private readonly ConcurrentDictionary<string, IFunctionEngine> _calls = new(StringComparer.Ordinal);
    private int _turn;

    private IFunctionEngine Next => silos.Engines[(int)((uint)Interlocked.Increment(ref _turn) % 2)].Functions;

    public async ValueTask<CallReply> CallAsync(CallCommand command)
    {
        // Calls of nobody come from one silo, so that they keep their order.
        var engine = command.Caller.IsNone ? silos.Engines[0].Functions : Of(command.Caller);
        _calls[command.CallId] = engine;
        try
        {
            return await engine.CallAsync(command);
        }
        finally
        {
            _calls.TryRemove(command.CallId, out _);
        }
    }

    // A call is cancelled where it was made.
    public ValueTask CancelAsync(string callId) => (_calls.TryGetValue(callId, out var engine) ? engine : Next).CancelAsync(callId);

    public ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer) => Of(provider).OfferAsync(provider, offer);

    public ValueTask<bool> WithdrawAsync(ConnectionId provider, string function) => Of(provider).WithdrawAsync(provider, function);

    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply) => Of(provider).CompleteAsync(provider, callId, reply);

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item) => Of(provider).ReportAsync(provider, callId, item);

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern) => Next.ListAsync(pattern);

    public ValueTask<ImmutableArray<NodeInfo>> NodesAsync() => Next.NodesAsync();

    private IFunctionEngine Of(ConnectionId connection) => silos.EngineOf(connection).Functions;
}
