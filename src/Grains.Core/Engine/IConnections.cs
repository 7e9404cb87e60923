namespace Grains.Engine;

/// <summary>
/// The outbound port: what an engine tells the connections of its own node. Implemented by <see cref="Connections.ConnectionTable"/>,
/// which finds the connection by id. Nothing here blocks: deliveries are bounded by credit, invocations by the
/// provider's limit. A connection that has gone is no error; its <see cref="IEngine.CloseAsync"/> follows.
/// </summary>
public interface IConnections
{
    /// <summary>Hands over a batch for one subscription. The batch's memory is the engine's again when this returns.
    /// The records are immutable and may be kept.</summary>
    void Deliver(ConnectionId connection, in DeliveryBatch batch);

    /// <summary>Runs what will deliver to a connection soon, on a thread that suits it: what gathers meanwhile leaves with it. A hint about threads,
    /// not a message: running it at once is right too.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="delivery">May be given again while it waits.</param>
    /// <param name="isMuch">It is worth waking a thread for.</param>
    void Schedule(ConnectionId connection, IThreadPoolWorkItem delivery, bool isMuch)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        delivery.Execute();
    }

    /// <summary>The engine has ended a subscription by its own decision, after what was delivered.</summary>
    void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message);

    /// <summary>Asks a provider to run a call.</summary>
    /// <returns>False when the call has not run: the connection is gone, or has not read what it was sent before. The provider
    /// counts as busy.</returns>
    bool Invoke(ConnectionId provider, Invocation invocation);

    /// <summary>The call is no longer wanted: cancelled, timed out, or its caller went away.</summary>
    void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason);

    /// <summary>A streamed item for the caller, before the call's reply; items of a call come in order.</summary>
    void Report(ConnectionId caller, string callId, Value item);
}
