namespace Grains;

/// <summary>
/// The typed verbs of one key: read, write, remove, expire. Atomic operations are in <see cref="CacheAtomicExtensions"/>, structures
/// and namespaces in <see cref="CacheStructureExtensions"/>.
/// A miss or a failed condition is a result; any other refusal throws <see cref="GrainsException"/>.
/// </summary>
public static class CacheExtensions
{
    /// <summary>The value of a key, or the default of T when there is none.</summary>
    /// <exception cref="GrainsException"><see cref="ErrorCode.IncompatibleTypes"/>: the value does not fit T.</exception>
    public static async ValueTask<T?> GetAsync<T>(this ICache cache, CacheKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reply = await cache.ExecuteAsync(key, CacheCommand.Get, cancellationToken).ConfigureAwait(false);
        return TypedValue.Read<T>(ThrowIfError(reply).Value, key);
    }

    /// <summary>The value of a key, whether it is there, and its revision.</summary>
    /// <inheritdoc cref="GetAsync{T}"/>
    public static async ValueTask<CacheItem<T>> TryGetAsync<T>(this ICache cache, CacheKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reply = ThrowIfError(await cache.ExecuteAsync(key, CacheCommand.Get, cancellationToken).ConfigureAwait(false));
        return reply.Outcome == CacheOutcome.Hit
            ? new CacheItem<T>(true, TypedValue.Read<T>(reply.Value, key), reply.Revision)
            : default;
    }

    /// <summary>Stores a value, whatever was there.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Stored as JSON; a byte array as bytes; a <see cref="Value"/> as it is.</param>
    /// <param name="ttl">Time to live; null never expires.</param>
    /// <param name="sliding">Each read starts <paramref name="ttl"/> anew.</param>
    /// <param name="keepTtl">Keep the expiry that the entry has.</param>
    /// <param name="cancellationToken">Stops the wait; the outcome is then unknown.</param>
    /// <returns>The entry's new revision: larger than every one the key had, so it serves as a fencing token.</returns>
    public static async ValueTask<long> PutAsync<T>(this ICache cache, CacheKey key, T value, TimeSpan? ttl = null, bool sliding = false,
        bool keepTtl = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var command = new CacheCommand("put") { Value = TypedValue.Of(value), Ttl = ttl, Sliding = sliding, KeepTtl = keepTtl };
        return ThrowIfError(await cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false)).Revision;
    }

    /// <summary>Stores a value if the key is missing.</summary>
    /// <returns>False when there was an entry; nothing changed.</returns>
    public static ValueTask<bool> PutIfAbsentAsync<T>(
        this ICache cache, CacheKey key, T value, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, new CacheCommand("put") { Value = TypedValue.Of(value), Ttl = ttl, IfNotExists = true }, cancellationToken);

    /// <summary>Stores a value if the key has one.</summary>
    /// <returns>False when there was none; nothing changed.</returns>
    public static ValueTask<bool> PutIfPresentAsync<T>(this ICache cache, CacheKey key, T value, TimeSpan? ttl = null, bool keepTtl = false,
        CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, new CacheCommand("put") { Value = TypedValue.Of(value), Ttl = ttl, KeepTtl = keepTtl, IfExists = true },
            cancellationToken);

    /// <summary>Stores a value if the entry still has a revision; 0 stands for a missing key.</summary>
    /// <returns>False when it has another one; nothing changed.</returns>
    public static ValueTask<bool> PutIfRevisionAsync<T>(this ICache cache, CacheKey key, T value, long revision, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, new CacheCommand("put") { Value = TypedValue.Of(value), Ttl = ttl, KeepTtl = keepTtl, IfRevision = revision },
            cancellationToken);

    /// <returns>Whether there was an entry to remove.</returns>
    public static ValueTask<bool> DeleteAsync(this ICache cache, CacheKey key, CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, CacheCommand.Delete, cancellationToken);

    public static ValueTask<bool> ExistsAsync(this ICache cache, CacheKey key, CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, CacheCommand.Exists, cancellationToken);

    /// <summary>Counts as an access and sets the expiry: <paramref name="ttl"/> from now, or never when it is null.</summary>
    /// <returns>Whether there is an entry.</returns>
    public static ValueTask<bool> TouchAsync(this ICache cache, CacheKey key, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        IsHitAsync(cache, key, new CacheCommand("touch") { Ttl = ttl }, cancellationToken);

    /// <summary>Lets an entry expire <paramref name="ttl"/> from now.</summary>
    /// <returns>Whether there is an entry.</returns>
    public static async ValueTask<bool> ExtendTtlAsync(this ICache cache, CacheKey key, TimeSpan ttl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reply = await cache.ExecuteAsync(key, new CacheCommand("extend_ttl") { Ttl = ttl }, cancellationToken).ConfigureAwait(false);
        return reply.Error != ErrorCode.NotFound && ThrowIfError(reply).Outcome == CacheOutcome.Hit;
    }

    /// <summary>The value of a key, or what <paramref name="factory"/> makes, which is then stored. When another writer is
    /// faster its value is returned and the made one is thrown away.</summary>
    public static async ValueTask<T?> GetOrAddAsync<T>(this ICache cache, CacheKey key, Func<CancellationToken, ValueTask<T>> factory,
        TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(factory);
        while (true)
        {
            var item = await cache.TryGetAsync<T>(key, cancellationToken).ConfigureAwait(false);
            if (item.Found)
                return item.Value;
            var made = await factory(cancellationToken).ConfigureAwait(false);
            if (await cache.PutIfAbsentAsync(key, made, ttl, cancellationToken).ConfigureAwait(false))
                return made;
        }
    }

    /// <summary>Returns the reply, or throws what it refuses with.</summary>
    public static CacheReply ThrowIfError(this CacheReply reply) =>
        reply.IsError ? throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString()) : reply;

    private static async ValueTask<bool> IsHitAsync(ICache cache, CacheKey key, CacheCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return ThrowIfError(await cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false)).Outcome == CacheOutcome.Hit;
    }
}
