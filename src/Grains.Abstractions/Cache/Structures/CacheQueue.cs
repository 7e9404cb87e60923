namespace Grains;

/// <summary>A key that holds a queue: first in, first out.</summary>
public readonly struct CacheQueue
{
    private readonly StructureKey _key;

    internal CacheQueue(StructureKey key) => _key = key;

    /// <returns>Items afterwards.</returns>
    public ValueTask<long> EnqueueAsync<T>(T item, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("queue.enqueue", StructureKey.Values<T>([item]), ttl, cancellationToken);

    /// <summary>Adds several items in their order, in one step.</summary>
    /// <returns>Items afterwards.</returns>
    public ValueTask<long> EnqueueAsync<T>(ReadOnlySpan<T> items, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("queue.enqueue", StructureKey.Values(items), ttl, cancellationToken);

    /// <summary>Removes and returns the oldest item; not found when the queue is empty.</summary>
    public ValueTask<CacheItem<T>> DequeueAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("queue.dequeue", StructureArguments.Empty, cancellationToken);

    /// <summary>The oldest item, which stays; not found when the queue is empty.</summary>
    public ValueTask<CacheItem<T>> PeekAsync<T>(CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("queue.peek", StructureArguments.Empty, cancellationToken);

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("queue.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("queue.clear", cancellationToken).ConfigureAwait(false);
}
