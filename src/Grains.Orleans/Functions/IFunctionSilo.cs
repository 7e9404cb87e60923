using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Services;

namespace Grains.Orleans.Functions;

/// <summary>What silos say to each other about functions.</summary>
[Alias("grains.IFunctionSilo")]
public interface IFunctionSilo : IGrainService
{
    /// <summary>Asks a connection of this silo to run a call that is decided on another.</summary>
    /// <returns>False when it has not run it and will not.</returns>
    [Alias("invoke")]
    Task<bool> InvokeAsync(SiloAddress decider, ConnectionId provider, [Immutable] Invocation invocation);

    /// <summary>What a provider answers to a call that is decided here.</summary>
    [Alias("complete")]
    Task CompleteAsync(ConnectionId provider, string callId, [Immutable] CallReply reply);

    /// <summary>A streamed item of a call that is decided here.</summary>
    [Alias("item")]
    Task ItemAsync(ConnectionId provider, string callId, Value item);

    /// <summary>The call is no longer wanted.</summary>
    [Alias("cancel")]
    Task CancelInvocationAsync(ConnectionId provider, string callId, ErrorCode reason);

    /// <summary>A streamed item for a caller that is connected here.</summary>
    [Alias("report")]
    Task ReportAsync(ConnectionId caller, string callId, Value item);

    /// <summary>Runs a call that is decided on this silo, or one of a .NET function of it.</summary>
    [Alias("call")]
    [ResponseTimeout("24:00:00")]
    Task<DecidedReply> CallAsync(SiloAddress caller, [Immutable] CallCommand command);

    [Alias("cancelCall")]
    Task CancelAsync(string callId);

    /// <summary>What connections of this silo offer under a name.</summary>
    [Alias("offers")]
    Task<ImmutableArray<OfferedHere>> OffersAsync(string function);

    /// <summary>The functions at a silo have changed.</summary>
    [Alias("names")]
    Task NamesAsync(SiloAddress silo, [Immutable] ImmutableArray<FunctionName> changed);

    /// <summary>The functions at this silo.</summary>
    [Alias("ownNames")]
    Task<ImmutableArray<FunctionName>> OwnNamesAsync();

    /// <summary>The providers whose calls are decided here, and the .NET functions of this silo.</summary>
    [Alias("list")]
    Task<ImmutableArray<FunctionInfo>> ListAsync(string pattern);

    /// <summary>This node.</summary>
    [Alias("node")]
    Task<NodeInfo> NodeAsync();

    [Alias("isOpen")]
    Task<bool> IsOpenAsync(ConnectionId connection);

    /// <summary>A caller's connection has closed.</summary>
    [Alias("callerClosed")]
    Task CallerClosedAsync(ConnectionId connection);
}
