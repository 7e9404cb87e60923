using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Grains.Engine;

namespace Grains.Connections;

/// <summary>
/// The connections of this node by id: the outbound port that the engine calls. The front door and the in-process user API
/// add theirs before they open them at the engine and remove them before they close them there.
/// </summary>
public sealed class ConnectionTable : IConnections
{
    private static readonly string Node = Guid.NewGuid().ToString("N")[..8];
    private static long _last;

    private readonly ConcurrentDictionary<ConnectionId, IConnection> _connections = new();

    public int Count => _connections.Count;

    public IEnumerable<IConnection> All => _connections.Values;

    /// <summary>An id that no connection of any node has had: the node's random part and a counter.</summary>
    public static ConnectionId NextId() => new($"{Node}-{Interlocked.Increment(ref _last)}");

    public void Add(IConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connections[connection.Id] = connection;
    }

    public bool Remove(ConnectionId id) => _connections.TryRemove(id, out _);

    public bool TryGet(ConnectionId id, [NotNullWhen(true)] out IConnection? connection) => _connections.TryGetValue(id, out connection);

    public void Deliver(ConnectionId connection, in DeliveryBatch batch)
    {
        if (_connections.TryGetValue(connection, out var found))
            found.Deliver(batch);
    }

    public void Schedule(ConnectionId connection, IThreadPoolWorkItem delivery, bool isMuch)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (_connections.TryGetValue(connection, out var found))
            found.Schedule(delivery, isMuch);
        else
            delivery.Execute();
    }

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message)
    {
        if (_connections.TryGetValue(connection, out var found))
            found.SubscriptionEnded(subscriptionId, code, message);
    }

    public bool Invoke(ConnectionId provider, Invocation invocation) =>
        _connections.TryGetValue(provider, out var found) && found.Invoke(invocation);

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason)
    {
        if (_connections.TryGetValue(provider, out var found))
            found.CancelInvocation(callId, reason);
    }

    public void Report(ConnectionId caller, string callId, Value item)
    {
        if (_connections.TryGetValue(caller, out var found))
            found.Report(callId, item);
    }
}
