using Grains.Cache;
using Grains.Local;
using Grains.Tests.Contracts;

namespace Grains.Tests.ByteCarrying;

/// <summary>The cache contracts with every port call carried through bytes.</summary>
public static class ByteCarryingCacheContracts
{
    public sealed class Keys : CacheContract
    {
        protected override CacheUnderTest Start(CacheOptions? options = null) => StartCarried(options);
    }

    public sealed class Namespaces : CacheNamespaceContract
    {
        protected override CacheUnderTest Start(CacheOptions? options = null) => StartCarried(options);
    }

    public sealed class Pieces : CachePiecesContract
    {
        protected override CacheUnderTest Start(CacheOptions? options = null) => StartCarried(options);
    }

    private static CacheUnderTest StartCarried(CacheOptions? options)
    {
        var time = new ManualTime();
        var published = new CachePublished();
        var local = new LocalCache(options ?? new CacheOptions(), time, new ByteCarryingTopics(published));
        return new CacheUnderTest(new ByteCarryingCache(local), time, published, local);
    }
}
