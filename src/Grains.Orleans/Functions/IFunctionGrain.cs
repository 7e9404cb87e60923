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

    /// <summary>Asks to end a call early: its caller gets <see cref="ErrorCode.Cancelled"/>, its provider is told.</summary>
    [Alias("cancel")]
    Task CancelAsync(string callId);

    /// <summary>A connection of a silo offers the function; offering again replaces its offer.</summary>
    [Alias("offer")]
    Task<CallReply> OfferAsync(SiloAddress silo, ConnectionId provider, [Immutable] FunctionOffer offer);

    /// <summary>A connection takes its offer back. Running calls go on.</summary>
    /// <returns>False when it offered no such function.</returns>
    [Alias("withdraw")]
    Task<bool> WithdrawAsync(ConnectionId provider);

    /// <summary>A connection has closed that offered the function or called it.</summary>
    [Alias("close")]
    Task CloseAsync(ConnectionId connection);

    /// <summary>The provider's final answer. <see cref="ErrorCode.Busy"/> means it has not run the call: the next provider is asked.</summary>
    [Alias("complete")]
    Task CompleteAsync(ConnectionId provider, string callId, [Immutable] CallReply reply);

    /// <summary>A streamed item of a running call, for its caller.</summary>
    [Alias("report")]
    Task ReportAsync(ConnectionId provider, string callId, Value item);
}
