using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Local;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>The calls that connections of this silo run, each with the silo that decides it: what the connection says of it goes there.</summary>
/// <param name="local">The connections of this silo.</param>
/// <param name="here">This silo.</param>
/// <param name="host">What is decided here.</param>
/// <param name="others">The other silos.</param>
/// <param name="logger">For what does not get there.</param>
internal sealed class Invocations(IConnections local, SiloAddress here, Func<LocalFunctions> host, FunctionSilos others, ILogger logger)
{
    private readonly ConcurrentDictionary<(ConnectionId Provider, string CallId), ProviderTurn> _running = new();

    public bool Invoke(SiloAddress decider, ConnectionId provider, Invocation invocation)
    {
        _running[(provider, invocation.CallId)] = new ProviderTurn(decider, invocation.Stream, logger);
        if (local.Invoke(provider, invocation))
            return true;
        _running.TryRemove((provider, invocation.CallId), out _);
        return false;
    }

    /// <summary>Tells the provider, if it runs the call.</summary>
    public void Cancel(ConnectionId provider, string callId, ErrorCode reason)
    {
        if (_running.TryRemove((provider, callId), out _))
            local.CancelInvocation(provider, callId, reason);
    }

    /// <summary>Tells who decides the call, until it is heard: a second time changes nothing. The provider does not wait long for that.</summary>
    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply)
    {
        if (!_running.TryRemove((provider, callId), out var turn))
            return default;
        return turn.Decider.Equals(here)
            ? host().CompleteAsync(provider, callId, reply)
            : new(EndTeller.HeardAsync(turn.CompleteAsync(
                reply, end => others.TellAsync(turn.Decider, decider => decider.CompleteAsync(provider, callId, end)))));
    }

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item)
    {
        if (!_running.TryGetValue((provider, callId), out var turn))
            return default;
        return turn.Decider.Equals(here)
            ? host().ReportAsync(provider, callId, item)
            : new(turn.ReportAsync(() => others.Of(turn.Decider).ItemAsync(provider, callId, item)));
    }

    /// <summary>A connection has closed.</summary>
    public void Forget(ConnectionId provider)
    {
        foreach (var key in _running.Keys)
        {
            if (key.Provider == provider)
                _running.TryRemove(key, out _);
        }
    }

    /// <summary>A silo has gone: nobody waits any more for the calls that it decided.</summary>
    public void Lose(SiloAddress decider)
    {
        foreach (var ((provider, callId), turn) in _running)
        {
            if (turn.Decider.Equals(decider))
                Cancel(provider, callId, ErrorCode.NodeLost);
        }
    }
}
