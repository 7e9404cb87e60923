using System.Collections.Concurrent;

namespace Grains.Orleans.Client;

/// <summary>The connections of this program: one for itself, one for each subscription.</summary>
internal sealed class ClientConnections(Func<ConnectionId, ClientConnection> make)
{
    private readonly ConcurrentDictionary<ConnectionId, ClientConnection> _connections = new();

    public void Open(ConnectionId id) => _connections.TryAdd(id, make(id));

    /// <returns>Null when it has closed.</returns>
    public ClientConnection? Find(ConnectionId id) => _connections.GetValueOrDefault(id);

    public ValueTask CloseAsync(ConnectionId id) => _connections.TryRemove(id, out var connection) ? connection.DisposeAsync() : default;

    public Task RestoreAsync(RemoteSession session) => Task.WhenAll(_connections.Values.Select(connection => connection.RestoreAsync(session)));
}
