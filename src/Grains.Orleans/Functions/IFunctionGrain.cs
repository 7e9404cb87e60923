using Grains.Engine;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Orleans;

/// <summary>
/// A function that connections offer, by its name: decides which of them runs each call, wherever in the cluster they are connected, so that
/// limits, priorities and loads hold for all of it. Used by the silos; programs call functions through
/// <see cref="IFunctionWorkerGrain"/> or the user API.
/// </summary>
[Alias("grains.IFunctionGrain")]
public interface IFunctionGrain : IGrainWithStringKey
{
    /// <summary>Runs a call to its end. The deadline is the call's own.</summary>
    [Alias("call")]
    [ResponseTimeout("24:00:00")]
    Task<CallReply> CallAsync(SiloAddress caller, [Immutable] CallCommand command);

    [Alias("cancel")]
    Task CancelAsync(string callId);

    [Alias("offer")]
    Task<CallReply> OfferAsync(SiloAddress silo, ConnectionId provider, [Immutable] FunctionOffer offer);

    [Alias("withdraw")]
    Task<bool> WithdrawAsync(ConnectionId provider);

    /// <summary>A connection has closed that offered the function or called it.</summary>
    [Alias("close")]
    Task CloseAsync(ConnectionId connection);

    [Alias("complete")]
    Task CompleteAsync(ConnectionId provider, string callId, [Immutable] CallReply reply);

    [Alias("report")]
    Task ReportAsync(ConnectionId provider, string callId, Value item);
}
