namespace Grains;

/// <summary>A key that holds a stack: last in, first out.</summary>
public readonly struct CacheStack
{
    private readonly StructureKey _key;

    internal CacheStack(StructureKey key) => _key = key;

    /// <returns>Items afterwards.</returns>
    public ValueTask<long> PushAsync<T>(T item, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("stack.push", StructureKey.Values<T>([item]), ttl, cancellationToken);

    /// <summary>Adds several items in their order, in one step.</summary>
    /// <returns>Items afterwards.</returns>
    public ValueTask<long> PushAsync<T>(ReadOnlySpan<T> items, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("stack.push", StructureKey.Values(items), ttl, cancellationToken);

    /// <summary>Removes and returns the newest item; not found when the stack is empty.</summary>
    public ValueTask<CacheItem<T>> PopAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("stack.pop", StructureArguments.Empty, cancellationToken);

    /// <summary>The newest item, which stays; not found when the stack is empty.</summary>
    public ValueTask<CacheItem<T>> PeekAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("stack.peek", StructureArguments.Empty, cancellationToken);

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("stack.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("stack.clear", cancellationToken).ConfigureAwait(false);
}
