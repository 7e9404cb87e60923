using System.Globalization;
using Microsoft.Extensions.Caching.Distributed;

namespace Grains.Gateway.Hosting;

/// <summary>
/// <see cref="IDistributedCache"/> on the cache: each key is an entry of bytes in one namespace. An absolute expiry beside a sliding one is kept as
/// a tag of the entry, since an entry has one time to live. The synchronous methods wait for the asynchronous ones, which on the Local
/// engine are done when they return.
/// </summary>
public sealed class GrainsDistributedCache(ICache cache, TimeProvider time) : IDistributedCache
{
    /// <summary>The namespace of the entries.</summary>
    public const string Namespace = "distributed-cache";

    private const string AbsoluteTag = "expires:";

    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var reply = await ReadAsync(key, CacheCommand.Get, token).ConfigureAwait(false);
        return reply?.Value.Bytes.ToArray();
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => SetAsync(key, value, options).GetAwaiter().GetResult();

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(options);
        var now = time.GetUtcNow();
        var expiresAt = options.AbsoluteExpirationRelativeToNow is { } relative ? now + relative : options.AbsoluteExpiration;
        if (expiresAt <= now)
            throw new ArgumentOutOfRangeException(nameof(options), "The absolute expiration must be in the future.");
        var ttl = options.SlidingExpiration ?? (expiresAt - now);
        var command = new CacheCommand("put")
        {
            Value = Value.FromBytes(value.ToArray()),
            Ttl = expiresAt - now < ttl ? expiresAt - now : ttl,
            Sliding = options.SlidingExpiration is not null,
            Metadata = options.SlidingExpiration is not null && expiresAt is { } end ? new EntryMetadata { Tags = [Tag(end)] } : null,
        };
        (await cache.ExecuteAsync(KeyOf(key), command, token).ConfigureAwait(false)).ThrowIfError();
    }

    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    /// <summary>A read starts a sliding expiry anew.</summary>
    public async Task RefreshAsync(string key, CancellationToken token = default) =>
        await ReadAsync(key, CacheCommand.Get, token).ConfigureAwait(false);

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        (await cache.ExecuteAsync(KeyOf(key), CacheCommand.Delete, token).ConfigureAwait(false)).ThrowIfError();

    private async ValueTask<CacheReply?> ReadAsync(string key, CacheCommand read, CancellationToken token)
    {
        var reply = (await cache.ExecuteAsync(KeyOf(key), read, token).ConfigureAwait(false)).ThrowIfError();
        if (reply.Outcome == CacheOutcome.Miss)
            return null;
        if (AbsoluteOf(reply.Entry.Metadata) is not { } end || time.GetUtcNow() < end)
            return reply;
        // Only this entry: somebody may have set the key anew meanwhile.
        await cache.ExecuteAsync(KeyOf(key), new CacheCommand("delete") { IfRevision = reply.Revision }, token).ConfigureAwait(false);
        return null;
    }

    private static CacheKey KeyOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new CacheKey(Namespace, key);
    }

    private static string Tag(DateTimeOffset end) => AbsoluteTag + end.UtcTicks.ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset? AbsoluteOf(EntryMetadata? metadata)
    {
        foreach (var tag in metadata?.Tags ?? [])
        {
            if (tag.StartsWith(AbsoluteTag, StringComparison.Ordinal))
                return new DateTimeOffset(long.Parse(tag.AsSpan(AbsoluteTag.Length), CultureInfo.InvariantCulture), TimeSpan.Zero);
        }

        return null;
    }
}
