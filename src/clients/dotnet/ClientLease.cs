using Grains.Client.Pools;

namespace Grains.Client;

/// <summary>A client of a pool for as long as the lease lives; dispose the lease, not the client.</summary>
public sealed class ClientLease : IDisposable
{
    private ClientSlot? _slot;

    internal ClientLease(ClientSlot slot)
    {
        _slot = slot;
        Client = slot.Client;
    }

    public GrainsClient Client { get; }

    public void Dispose() => Interlocked.Exchange(ref _slot, null)?.Leave();
}
