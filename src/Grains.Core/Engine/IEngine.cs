namespace Grains.Engine;

/// <summary>
/// What hosts the grains: the inbound ports. The front door and the in-process user API call it and know no engine by name.
/// Only plain immutable data crosses, in both directions, so that an engine may carry every call to another process; connections
/// are named by id. Each call of one connection on one key or topic that is made before an earlier one's task has ended is the
/// caller's to order; the Local engine ends cache and topic calls synchronously.
/// </summary>
public interface IEngine : IAsyncDisposable
{
    /// <summary>Shown at start: <c>local</c>, <c>orleans</c>.</summary>
    string Name { get; }

    /// <summary>Where the data is: <c>memory</c>, <c>files in …</c>.</summary>
    string Storage { get; }

    ICacheEngine Cache { get; }

    ITopicEngine Topics { get; }

    IFunctionEngine Functions { get; }

    /// <summary>A connection begins; before it is named in any other call.</summary>
    ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info);

    /// <summary>A connection has ended: its subscriptions go, its running calls fail (as provider) or are cancelled (as caller).</summary>
    ValueTask CloseAsync(ConnectionId connection);
}
