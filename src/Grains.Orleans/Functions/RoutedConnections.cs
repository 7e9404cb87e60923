using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Functions;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// The outbound port of the calls that are decided on this silo: connections are reached on whichever silo they are. What goes to one call's caller
/// stays in order and comes before its answer (<see cref="CallerStream"/>).
/// </summary>
internal sealed partial class RoutedConnections(OrleansFunctions functions, SiloAddress here, FunctionSilos silos, ILogger logger) : IConnections
{
    private readonly ConcurrentDictionary<ConnectionId, SiloAddress> _silos = new();
    private readonly ConcurrentDictionary<string, CallerStream> _streams = new(StringComparer.Ordinal);

    /// <summary>A connection of another silo takes part in calls that are decided here.</summary>
    public void Know(ConnectionId connection, SiloAddress silo)
    {
        if (!silo.Equals(here))
            _silos[connection] = silo;
    }

    public void Forget(ConnectionId connection) => _silos.TryRemove(connection, out _);

    public IReadOnlyList<ConnectionId> Of(SiloAddress silo) => [.. _silos.Where(pair => pair.Value.Equals(silo)).Select(pair => pair.Key)];

    /// <summary>Waits until everything that was reported of a call has reached its caller.</summary>
    /// <returns>Why not everything has; null when it has.</returns>
    public async Task<CallReply?> FlushAsync(string callId) =>
        _streams.TryRemove(callId, out var stream) ? await stream.EndAsync().ConfigureAwait(false) : null;

    public bool Invoke(ConnectionId provider, Invocation invocation)
    {
        if (!_silos.TryGetValue(provider, out var silo))
            return functions.InvokeHere(here, provider, invocation);
        _ = InvokeAsync(silo, provider, invocation);
        return true;
    }

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason)
    {
        if (_silos.TryGetValue(provider, out var silo))
            _ = CancelAsync(silo, provider, callId, reason);
        else
            functions.CancelHere(provider, callId, reason);
    }

    public void Report(ConnectionId caller, string callId, Value item)
    {
        if (_silos.TryGetValue(caller, out var silo))
            _streams.GetOrAdd(callId, _ => StreamTo(silo, caller, callId)).Add(item);
        else
            functions.ReportHere(caller, callId, item);
    }

    public void Deliver(ConnectionId connection, in DeliveryBatch batch) => throw OnlyCalls();

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) => throw OnlyCalls();

    private static NotSupportedException OnlyCalls() => new("Functions deliver nothing.");

    private async Task InvokeAsync(SiloAddress silo, ConnectionId provider, Invocation invocation)
    {
        try
        {
            if (!await silos.Of(silo).InvokeAsync(here, provider, invocation).ConfigureAwait(false))
                await functions.Host.CompleteAsync(provider, invocation.CallId, FunctionErrors.Refused(invocation.Function));
            else if (!functions.Host.IsRunning(invocation.CallId))
                // It has ended meanwhile, and what was said of that may have come before the call.
                await silos.Of(silo).CancelInvocationAsync(provider, invocation.CallId, ErrorCode.Cancelled);
        }
        catch (Exception error)
        {
            // Whatever it was, the call must end.
            Log.Failed(logger, silo, error);
            await functions.Host.CompleteAsync(provider, invocation.CallId, FunctionErrors.ProviderLost(invocation.Function));
        }
    }

    private async Task CancelAsync(SiloAddress silo, ConnectionId provider, string callId, ErrorCode reason)
    {
        try
        {
            await silos.Of(silo).CancelInvocationAsync(provider, callId, reason).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The provider runs on for nobody.
            Log.Failed(logger, silo, error);
        }
    }

    private CallerStream StreamTo(SiloAddress silo, ConnectionId caller, string callId) => new(
        item => silos.Of(silo).ReportAsync(caller, callId, item),
        functions.Host.ResultBytesMax,
        () => _ = functions.Host.CancelAsync(callId).AsTask(),
        logger);

    private static partial class Log
    {
        [LoggerMessage(330, LogLevel.Warning, "What belongs to a call did not reach a connection of the silo {Silo}")]
        public static partial void Failed(ILogger logger, SiloAddress silo, Exception error);
    }
}
