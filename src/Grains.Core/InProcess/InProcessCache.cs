using Grains.Engine;

namespace Grains.InProcess;

/// <summary>The engine's cache as the user API has it. A call that began is not cancelled: its effect would be unknown.</summary>
internal sealed class InProcessCache(ICacheEngine cache) : ICache
{
    public ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return cache.ExecuteAsync(key, command);
    }

    public ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return cache.ExecuteAsync(command);
    }
}
