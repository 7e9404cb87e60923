namespace Grains.Client.Pools;

/// <summary>The cache of a pool: each operation by the least busy client.</summary>
internal sealed class PooledCache(ClientSlots slots) : ICache
{
    public async ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command, CancellationToken cancellationToken = default)
    {
        var slot = slots.Enter();
        try
        {
            return await slot.Client.Cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            slot.Leave();
        }
    }

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command, CancellationToken cancellationToken = default)
    {
        var slot = slots.Enter();
        try
        {
            return await slot.Client.Cache.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            slot.Leave();
        }
    }
}
