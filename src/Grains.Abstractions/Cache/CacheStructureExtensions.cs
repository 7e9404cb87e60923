namespace Grains;

/// <summary>Names the structure that a key holds, or a namespace as a whole: <c>cache.Set(key).AddAsync("a")</c>. Nothing is asked of the
/// server until a verb is called. A key that holds something else answers <see cref="ErrorCode.WrongStructure"/>.</summary>
public static class CacheStructureExtensions
{
    public static CacheSet Set(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheList List(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheMap Map(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheSortedSet SortedSet(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheCounter Counter(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheQueue Queue(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheStack Stack(this ICache cache, CacheKey key) => new(Key(cache, key));

    public static CacheNamespace Namespace(this ICache cache, string @namespace)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(@namespace);
        return new CacheNamespace(cache, @namespace);
    }

    private static StructureKey Key(ICache cache, CacheKey key)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(key);
        return new StructureKey(cache, key);
    }
}
