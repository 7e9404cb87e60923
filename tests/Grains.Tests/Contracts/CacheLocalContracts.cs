using Grains.Cache;
using Grains.Local;

namespace Grains.Tests.Contracts;

internal static class LocalCacheStart
{
    public static CacheUnderTest Start(CacheOptions? options)
    {
        var time = new ManualTime();
        var published = new CachePublished();
        var cache = new LocalCache(options ?? new CacheOptions(), time, published);
        return new CacheUnderTest(cache, time, published, cache);
    }
}

public sealed class LocalCacheContract : CacheContract
{
    protected override CacheUnderTest Start(CacheOptions? options = null) => LocalCacheStart.Start(options);
}

public sealed class LocalCacheNamespaceContract : CacheNamespaceContract
{
    protected override CacheUnderTest Start(CacheOptions? options = null) => LocalCacheStart.Start(options);
}

public sealed class LocalCachePiecesContract : CachePiecesContract
{
    protected override CacheUnderTest Start(CacheOptions? options = null) => LocalCacheStart.Start(options);
}
