using Grains.Cache;
using Grains.Engine;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Contracts;

/// <summary>The cache contracts on two silos, asked in turn.</summary>
public static class ClusterCacheContracts
{
    public sealed class Keys : CacheContract
    {
        protected override CacheUnderTest Start(CacheOptions? options = null) => StartCluster(options);
    }

    public sealed class Namespaces : CacheNamespaceContract
    {
        /// <summary>Each silo has a memory of its own.</summary>
        protected override bool EvictsInOrder => false;

        protected override CacheUnderTest Start(CacheOptions? options = null) => StartCluster(options);
    }

    private static CacheUnderTest StartCluster(CacheOptions? options)
    {
        var time = new ManualTime();
        var published = new CachePublished();
        var silos = TwoSilos.Start(
            new EngineSettings() with { Cache = options ?? new CacheOptions() }, time, new RecordingConnections(), published: published);
        var cache = new SpreadCache(silos);
        return new CacheUnderTest(cache, time, published, cache);
    }
}
