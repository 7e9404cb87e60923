using Grains.Engine;

namespace Grains.Connections;

/// <summary>One connection of this node, as the engine's outbound calls reach it: a client on the wire, or a program in this process.
/// Every method returns at once.</summary>
public interface IConnection
{
    ConnectionId Id { get; }

    ConnectionInfo Info { get; }

    void Deliver(in DeliveryBatch batch);

    /// <inheritdoc cref="IConnections.Schedule"/>
    void Schedule(IThreadPoolWorkItem delivery, bool isMuch)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        delivery.Execute();
    }

    void SubscriptionEnded(string subscriptionId, ErrorCode code, string message);

    /// <returns>False when the connection takes no more for now, because it has not read what it was sent: the call has not run.</returns>
    bool Invoke(Invocation invocation);

    void CancelInvocation(string callId, ErrorCode reason);

    void Report(string callId, Value item);
}
