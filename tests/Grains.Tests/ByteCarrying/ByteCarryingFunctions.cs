using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;

namespace Grains.Tests.ByteCarrying;

/// <summary>A function port whose every argument and answer passes through bytes.</summary>
public sealed class ByteCarryingFunctions(IFunctionEngine inner) : IFunctionEngine
{
    public async ValueTask<CallReply> CallAsync(CallCommand command) =>
        Bytes.Carry(await inner.CallAsync(Bytes.Carry(command)));

    public ValueTask CancelAsync(string callId) => inner.CancelAsync(Bytes.Carry(callId));

    public async ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer) =>
        Bytes.Carry(await inner.OfferAsync(Bytes.Carry(provider), Bytes.Carry(offer)));

    public async ValueTask<bool> WithdrawAsync(ConnectionId provider, string function) =>
        Bytes.Carry(await inner.WithdrawAsync(Bytes.Carry(provider), Bytes.Carry(function)));

    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply) =>
        inner.CompleteAsync(Bytes.Carry(provider), Bytes.Carry(callId), Bytes.Carry(reply));

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item) =>
        inner.ReportAsync(Bytes.Carry(provider), Bytes.Carry(callId), Bytes.Carry(item));

    public async ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern) =>
        Bytes.Carry(await inner.ListAsync(Bytes.Carry(pattern)));

    public async ValueTask<ImmutableArray<NodeInfo>> NodesAsync() => Bytes.Carry(await inner.NodesAsync());
}
