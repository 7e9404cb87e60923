namespace Grains;

/// <summary>A key that holds a list. Indexes count from 0, negative ones from the end.</summary>
public readonly struct CacheList
{
    private readonly StructureKey _key;

    internal CacheList(StructureKey key) => _key = key;

    /// <returns>Items afterwards.</returns>
    public ValueTask<long> AppendAsync<T>(T item, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("list.append", StructureKey.Values<T>([item]), ttl, cancellationToken);

    /// <summary>Appends several items in their order, in one step.</summary>
    /// <returns>Items afterwards.</returns>
    public ValueTask<long> AppendAsync<T>(ReadOnlySpan<T> items, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("list.append", StructureKey.Values(items), ttl, cancellationToken);

    /// <returns>Items afterwards.</returns>
    public ValueTask<long> PrependAsync<T>(T item, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("list.prepend", StructureKey.Values<T>([item]), ttl, cancellationToken);

    /// <summary>Puts an item before the one at <paramref name="index"/>.</summary>
    /// <returns>Items afterwards.</returns>
    public ValueTask<long> InsertAsync<T>(long index, T item, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("list.insert", StructureKey.Values<T>([item]) with { Index = index }, null, cancellationToken);

    /// <summary>Removes the first occurrence.</summary>
    /// <returns>Whether there was one.</returns>
    public ValueTask<bool> RemoveAsync<T>(T item, CancellationToken cancellationToken = default) =>
        _key.IsTrueAsync("list.remove", StructureKey.Values<T>([item]), cancellationToken);

    /// <summary>Removes and returns the item at an index, by default the last; not found when the list is too short.</summary>
    public ValueTask<CacheItem<T>> PopAsync<T>(long index = -1, CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("list.pop", new StructureArguments { Index = index }, cancellationToken);

    public ValueTask<CacheItem<T>> PopFrontAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("list.pop_front", StructureArguments.Empty, cancellationToken);

    public ValueTask<CacheItem<T>> PopBackAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("list.pop_back", StructureArguments.Empty, cancellationToken);

    public ValueTask<CacheItem<T>> GetAsync<T>(long index, CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("list.get", new StructureArguments { Index = index }, cancellationToken);

    /// <summary>The items from <paramref name="start"/> up to, not including, <paramref name="end"/>; null is the end of the list.</summary>
    public ValueTask<T[]> RangeAsync<T>(long start = 0, long? end = null, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("list.get_range", new StructureArguments { Start = start, End = end }, [], cancellationToken);

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("list.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("list.clear", cancellationToken).ConfigureAwait(false);
}
