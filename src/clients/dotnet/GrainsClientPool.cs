using Grains.Client.Pools;

namespace Grains.Client;

/// <summary>
/// Several clients of one server, used as one. A single client already serves many callers at once; a pool helps when one connection's
/// bytes are the limit, or when large values must not hold up small ones. Its own <see cref="Cache"/>, <see cref="Topics"/> and
/// <see cref="Functions"/> give each call to the connected client with the fewest requests in flight, so two calls that are not awaited one
/// after the other may take effect in either order. Rent a client for work that needs the order of one connection.
/// </summary>
public sealed class GrainsClientPool : IGrains, IAsyncDisposable
{
    private readonly ClientSlots _slots;

    /// <summary>Makes the clients, which begin to connect at once.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; it is named.</exception>
    public GrainsClientPool(GrainsClientPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _slots = new ClientSlots(options);
        Cache = new PooledCache(_slots);
        Topics = new PooledTopics(_slots);
        Functions = new PooledFunctions(_slots);
    }

    public ICache Cache { get; }

    public ITopics Topics { get; }

    public IFunctions Functions { get; }

    /// <summary>Clients that have a connection now.</summary>
    public int ConnectedCount => _slots.ConnectedCount;

    /// <summary>The statistics of the present clients.</summary>
    public IReadOnlyList<GrainsClientStatistics> Statistics => _slots.Statistics;

    /// <summary>Gives one client, the least busy; it is shared, and not replaced before the lease is disposed.</summary>
    public ClientLease Rent() => new(_slots.Enter());

    public ValueTask DisposeAsync() => _slots.DisposeAsync();
}
