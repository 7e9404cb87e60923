namespace Grains;

/// <summary>The typed verbs that read and change an entry in one step. Without a time to live (or <c>keepTtl</c>) a rewritten
/// entry never expires.</summary>
public static class CacheAtomicExtensions
{
    /// <summary>Stores <paramref name="value"/> if the present value equals <paramref name="expected"/> by JSON meaning; null equals
    /// a missing key.</summary>
    public static ValueTask<SwapResult<T>> TestAndSetAsync<T>(this ICache cache, CacheKey key, T? expected, T? value, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        SwapAsync<T>(cache, key, new CacheCommand("test_and_set")
        {
            Expected = TypedValue.Of(expected),
            Value = TypedValue.Of(value),
            Ttl = ttl,
            KeepTtl = keepTtl,
        }, cancellationToken);

    /// <summary>Stores <paramref name="value"/> if the entry still has <paramref name="revision"/>; 0 stands for a missing key.</summary>
    public static ValueTask<SwapResult<T>> CompareAndSwapAsync<T>(this ICache cache, CacheKey key, long revision, T? value, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        SwapAsync<T>(cache, key, new CacheCommand("compare_and_swap")
        {
            IfRevision = revision,
            Value = TypedValue.Of(value),
            Ttl = ttl,
            KeepTtl = keepTtl,
        }, cancellationToken);

    /// <summary>Reads a value, changes it and stores it, again and again until nobody else was in between.
    /// <paramref name="change"/> may run more than once.</summary>
    /// <returns>What was stored.</returns>
    public static async ValueTask<T?> UpdateAsync<T>(this ICache cache, CacheKey key, Func<T?, T?> change, TimeSpan? ttl = null, bool keepTtl = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            var item = await cache.TryGetAsync<T>(key, cancellationToken).ConfigureAwait(false);
            var changed = change(item.Value);
            var swap = await cache.CompareAndSwapAsync(key, item.Revision, changed, ttl, keepTtl, cancellationToken).ConfigureAwait(false);
            if (swap.Succeeded)
                return changed;
        }
    }

    /// <summary>Adds to a 64-bit integer.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="by">The amount.</param>
    /// <param name="initial">What a missing key counts as.</param>
    /// <param name="ttl">Time to live of the rewritten entry.</param>
    /// <param name="keepTtl">Keep the expiry that the entry has.</param>
    /// <param name="cancellationToken">Stops the wait; the outcome is then unknown.</param>
    /// <returns>The number afterwards.</returns>
    /// <exception cref="GrainsException"><see cref="ErrorCode.NotNumeric"/> or <see cref="ErrorCode.Overflow"/>.</exception>
    public static ValueTask<long> IncrementAsync(this ICache cache, CacheKey key, long by = 1, long initial = 0, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        AddAsync(cache, key, "increment", by, initial, ttl, keepTtl, cancellationToken);

    /// <summary>Subtracts from a 64-bit integer.</summary>
    /// <inheritdoc cref="IncrementAsync(ICache, CacheKey, long, long, TimeSpan?, bool, CancellationToken)"/>
    public static ValueTask<long> DecrementAsync(this ICache cache, CacheKey key, long by = 1, long initial = 0, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        AddAsync(cache, key, "decrement", by, initial, ttl, keepTtl, cancellationToken);

    /// <summary>Adds to a floating-point number.</summary>
    /// <returns>The number afterwards.</returns>
    public static ValueTask<double> IncrementAsync(this ICache cache, CacheKey key, double by, double initial = 0, TimeSpan? ttl = null,
        bool keepTtl = false, CancellationToken cancellationToken = default) =>
        AddAsync(cache, key, "increment", by, initial, ttl, keepTtl, cancellationToken);

    /// <summary>Puts a string behind a string, a list behind a list (joined), anything else as one item behind a list.</summary>
    /// <returns>The entry's new revision.</returns>
    public static ValueTask<long> AppendAsync<T>(this ICache cache, CacheKey key, T value, TimeSpan? ttl = null, bool keepTtl = false,
        CancellationToken cancellationToken = default) =>
        JoinAsync(cache, key, "append", TypedValue.Of(value), ttl, keepTtl, cancellationToken);

    /// <summary>Puts a string before a string, a list before a list (joined), anything else as one item before a list.</summary>
    /// <returns>The entry's new revision.</returns>
    public static ValueTask<long> PrependAsync<T>(this ICache cache, CacheKey key, T value, TimeSpan? ttl = null, bool keepTtl = false,
        CancellationToken cancellationToken = default) =>
        JoinAsync(cache, key, "prepend", TypedValue.Of(value), ttl, keepTtl, cancellationToken);

    private static async ValueTask<SwapResult<T>> SwapAsync<T>(ICache cache, CacheKey key, CacheCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var reply = (await cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false)).ThrowIfError();
        return new SwapResult<T>(reply.Outcome == CacheOutcome.Hit, TypedValue.Read<T>(reply.OldValue, key), reply.Revision);
    }

    private static async ValueTask<T> AddAsync<T>(ICache cache, CacheKey key, string operation, T by, T initial, TimeSpan? ttl, bool keepTtl,
        CancellationToken cancellationToken)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(cache);
        var command = new CacheCommand(operation) { By = Value.From(by), Initial = Value.From(initial), Ttl = ttl, KeepTtl = keepTtl };
        var reply = (await cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false)).ThrowIfError();
        return reply.Value.As<T>();
    }

    private static async ValueTask<long> JoinAsync(ICache cache, CacheKey key, string operation, Value value, TimeSpan? ttl, bool keepTtl,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cache);
        var command = new CacheCommand(operation) { Value = value, Ttl = ttl, KeepTtl = keepTtl };
        return (await cache.ExecuteAsync(key, command, cancellationToken).ConfigureAwait(false)).ThrowIfError().Revision;
    }
}
