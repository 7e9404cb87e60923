using Grains.Cache;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Contracts;

/// <summary>The cache contracts on two silos, asked in turn.</summary>
public static class ClusterCacheContracts
{
    public sealed class Keys(CacheCluster cluster) : CacheContract, IClassFixture<CacheCluster>
    {
        protected override CacheUnderTest Start(CacheOptions? options = null) => options is null ? cluster.Start() : CacheCluster.Start(options);
    }

    public sealed class Namespaces : CacheNamespaceContract
    {
        /// <summary>Each silo has a memory of its own.</summary>
        protected override bool EvictsInOrder => false;

        protected override CacheUnderTest Start(CacheOptions? options = null) => CacheCluster.Start(options ?? new CacheOptions());
    }

    public sealed class Pieces : CachePiecesContract
    {
        protected override int Nodes => 2;

        protected override CacheUnderTest Start(CacheOptions? options = null) => CacheCluster.Start(options ?? new CacheOptions());
    }
}
