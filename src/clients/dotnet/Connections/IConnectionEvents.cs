using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>What a connection tells the session. Called in its receive loop, one at a time, in the order of the wire; must return at once.</summary>
internal interface IConnectionEvents
{
    /// <summary>A message that answers no request.</summary>
    void OnMessage(Connection connection, in Incoming incoming);

    /// <summary>The connection is over.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">Why.</param>
    /// <param name="unanswered">The session's requests that it has not answered; bound ones have been failed.</param>
    void OnClosed(Connection connection, Exception reason, IReadOnlyCollection<PendingAnswer> unanswered);
}
