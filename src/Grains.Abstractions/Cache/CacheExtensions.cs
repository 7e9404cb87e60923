namespace Grains;

/// <summary>The typed verbs of the cache. A refusal other than a miss or a failed condition throws <see cref="GrainsException"/>.</summary>
public static class CacheExtensions
{
    /// <summary>The value of a key, or the default of T when there is none.</summary>
    public static async ValueTask<T?> GetAsync<T>(this ICache cache, CacheKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reply = await cache.ExecuteAsync(key, CacheCommand.Get, cancellationToken).ConfigureAwait(false);
        return ThrowIfError(reply).Value.As<T>();
    }

    /// <summary>Returns the reply, or throws what it refuses with.</summary>
    public static CacheReply ThrowIfError(this CacheReply reply) =>
        reply.IsError ? throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString()) : reply;
}
