using System.Runtime.InteropServices;
using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

/// <summary>
/// An outbound port whose every argument passes through bytes, synchronously. A batch's memory is overwritten when the delivery
/// returns, because it is the engine's again then: a receiver that kept it would read nothing.
/// </summary>
public sealed class ByteCarryingConnections(IConnections inner) : IConnections
{
    public void Deliver(ConnectionId connection, in DeliveryBatch batch)
    {
        var carried = Bytes.Carry(batch);
        inner.Deliver(Bytes.Carry(connection), carried);
        if (MemoryMarshal.TryGetArray(carried.Items, out var items))
            items.AsSpan().Clear();
    }

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) =>
        inner.SubscriptionEnded(Bytes.Carry(connection), Bytes.Carry(subscriptionId), Bytes.Carry(code), Bytes.Carry(message));

    public bool Invoke(ConnectionId provider, Invocation invocation) =>
        Bytes.Carry(inner.Invoke(Bytes.Carry(provider), Bytes.Carry(invocation)));

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason) =>
        inner.CancelInvocation(Bytes.Carry(provider), Bytes.Carry(callId), Bytes.Carry(reason));

    public void Report(ConnectionId caller, string callId, Value item) =>
        inner.Report(Bytes.Carry(caller), Bytes.Carry(callId), Bytes.Carry(item));
}
