using Grains.Engine;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Orleans;

/// <summary>
/// A function that connections offer, by its name: the silo that it is on decides which of them runs each call, wherever in the cluster they are
/// connected, so that limits, priorities and loads hold for all of it. Used by the silos; programs call functions through
/// <see cref="IFunctionWorkerGrain"/> or the user API.
/// </summary>
[Alias("grains.IFunctionGrain")]
public interface IFunctionGrain : IGrainWithStringKey
{
    /// <summary>The silo that decides. Calls are made there, not here: they may take long, and a grain that has something to do cannot
    /// move.</summary>
    [Alias("where")]
    Task<SiloAddress> WhereAsync();

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
}
