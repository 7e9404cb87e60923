namespace Grains;

/// <summary>A key that holds a 64-bit counter; a missing key counts as 0.</summary>
public readonly struct CacheCounter
{
    private readonly StructureKey _key;

    internal CacheCounter(StructureKey key) => _key = key;

    /// <returns>The counter afterwards.</returns>
    /// <exception cref="GrainsException"><see cref="ErrorCode.Overflow"/>.</exception>
    public ValueTask<long> IncrementAsync(long by = 1, CancellationToken cancellationToken = default) =>
        _key.ReadAsync("counter.increment", new StructureArguments { Index = by }, 0L, cancellationToken);

    /// <returns>The counter afterwards.</returns>
    /// <exception cref="GrainsException"><see cref="ErrorCode.Overflow"/>.</exception>
    public ValueTask<long> DecrementAsync(long by = 1, CancellationToken cancellationToken = default) =>
        _key.ReadAsync("counter.decrement", new StructureArguments { Index = by }, 0L, cancellationToken);

    public async ValueTask SetAsync(long value, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        await _key.RunAsync("counter.set", new StructureArguments { Index = value }, ttl, cancellationToken).ConfigureAwait(false);

    public ValueTask<long> GetAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("counter.get", StructureArguments.Empty, 0L, cancellationToken);

    /// <summary>Sets the counter to 0.</summary>
    public async ValueTask ResetAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("counter.reset", cancellationToken).ConfigureAwait(false);
}
