using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>What a connection tells the session. Called in its receive loop, one at a time, in the order of the wire; must return at once.</summary>
internal interface IConnectionEvents
{
    /// <summary>A message that answers no request.</summary>
    void OnMessage(Connection connection, in Incoming incoming);

    /// <summary>The connection is over; what it had in flight fails after this returns.</summary>
    void OnClosed(Connection connection, Exception reason);
}
