using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>What of the client outlives a connection: its subscriptions and its functions.</summary>
internal interface ISessionParts
{
    /// <summary>A new connection is there: queue what it needs to know. Nothing else has been sent on it.</summary>
    void Restore(Connection connection);

    /// <summary>The connection is now <see cref="Session.Current"/>: what could not be restored before may be now.</summary>
    void Restored(Connection connection);

    /// <inheritdoc cref="IConnectionEvents.OnMessage"/>
    void OnMessage(Connection connection, in Incoming incoming);

    /// <summary>The connection is over; no other has been made yet.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="oversized">Set when a message that was too long ended it: it may have been any subscription's.</param>
    void OnClosed(Connection connection, GrainsException? oversized);
}
