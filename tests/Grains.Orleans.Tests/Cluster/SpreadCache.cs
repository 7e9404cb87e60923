using Grains.Engine;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The cache of a cluster, asked on its silos in turn.</summary>
internal sealed class SpreadCache(TwoSilos silos) : ICacheEngine, IDisposable
{
    private int _turn;

    private ICacheEngine Next => silos.Engines[(int)((uint)Interlocked.Increment(ref _turn) % 2)].Cache;

    public ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command) => Next.ExecuteAsync(key, command);

    public ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command) => Next.ExecuteAsync(command);

    public void Dispose() => Task.Run(async () => await silos.DisposeAsync()).GetAwaiter().GetResult();
}
