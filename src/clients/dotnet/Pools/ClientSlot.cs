namespace Grains.Client.Pools;

/// <summary>One client of a pool, with the number of its users: leases, calls, subscriptions and offers.</summary>
internal sealed class ClientSlot(GrainsClient client, long madeAt)
{
    private int _users;

    public GrainsClient Client { get; } = client;

    public long MadeAt { get; } = madeAt;

    public int Users => Volatile.Read(ref _users);

    /// <summary>Called under the lock of <see cref="ClientSlots"/>, so that a client is not replaced while it is given out.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    public void Leave() => Interlocked.Decrement(ref _users);
}
