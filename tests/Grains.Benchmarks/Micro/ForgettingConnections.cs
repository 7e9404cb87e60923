using Grains.Engine;

namespace Grains.Benchmarks.Micro;

/// <summary>Connections that count what is delivered to them and forget it.</summary>
internal sealed class ForgettingConnections : IConnections
{
    public long Deliveries { get; private set; }

    public void Deliver(ConnectionId connection, in DeliveryBatch batch) => Deliveries += batch.Items.Length;

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) =>
        throw new InvalidOperationException($"{subscriptionId} was ended: {message}");

    public bool Invoke(ConnectionId provider, Invocation invocation) => false;

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason)
    {
    }

    public void Report(ConnectionId caller, string callId, Value item)
    {
    }
}
