using System.Collections.Immutable;
using Grains.Functions;

namespace Grains.Engine;

/// <summary>Inbound port of functions.</summary>
public interface IFunctionEngine
{
    /// <summary>Runs one call and ends exactly once: result, error, timeout or cancelled. At most one provider runs it.</summary>
    ValueTask<CallReply> CallAsync(CallCommand command);

    /// <summary>Asks to end a call early: its caller gets <see cref="ErrorCode.Cancelled"/>, its provider is told. Unknown ids are ignored.</summary>
    ValueTask CancelAsync(string callId);

    /// <summary>A connection offers a function; offering again replaces its offer. Error <see cref="ErrorCode.None"/> is success.</summary>
    ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer);

    /// <returns>False when the connection offered no such function. Running calls go on.</returns>
    ValueTask<bool> WithdrawAsync(ConnectionId provider, string function);

    /// <summary>The provider's final answer. <see cref="ErrorCode.Busy"/> means it has not run the call: the next provider is asked.
    /// Answers of other connections than the one that runs it, and late ones, are ignored.</summary>
    ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply);

    /// <summary>One streamed item or progress report of a running call, passed on to a caller that asked for a stream.</summary>
    ValueTask ReportAsync(ConnectionId provider, string callId, Value item);

    /// <summary>Providers whose function name matches a glob.</summary>
    ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern);

    /// <summary>Every node of the cluster, the one that is asked first.</summary>
    ValueTask<ImmutableArray<NodeInfo>> NodesAsync();
}
