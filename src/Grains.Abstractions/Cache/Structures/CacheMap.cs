namespace Grains;

/// <summary>A key that holds a map from field names to values.</summary>
public readonly struct CacheMap
{
    private readonly StructureKey _key;

    internal CacheMap(StructureKey key) => _key = key;

    /// <returns>Fields afterwards.</returns>
    public ValueTask<long> SetAsync<T>(string field, T value, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("map.set", new StructureArguments { Values = [Value.From(field), TypedValue.Of(value)] }, ttl, cancellationToken);

    /// <summary>Sets several fields in one step.</summary>
    /// <returns>Fields afterwards.</returns>
    public ValueTask<long> SetAsync<T>(
        IEnumerable<KeyValuePair<string, T>> fields, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var arguments = new StructureArguments { FieldUpdates = [.. fields.Select(f => new FieldUpdate(f.Key, TypedValue.Of(f.Value)))] };
        return _key.SizeAfterAsync("map.set_field", arguments, ttl, cancellationToken);
    }

    public ValueTask<CacheItem<T>> GetAsync<T>(string field, CancellationToken cancellationToken = default) =>
        _key.FindAsync<T>("map.get", StructureKey.Values<string>([field]), cancellationToken);

    /// <summary>Those of the fields that are there.</summary>
    public ValueTask<Dictionary<string, T>> GetAsync<T>(ReadOnlySpan<string> fields, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<Dictionary<string, T>>("map.get_fields", new StructureArguments { Fields = [.. fields] }, [], cancellationToken);

    /// <summary>Adds to the number in a field; a missing field counts as 0.</summary>
    /// <returns>The number afterwards.</returns>
    public ValueTask<long> IncrementAsync(string field, long by = 1, CancellationToken cancellationToken = default) =>
        _key.ReadAsync("map.increment_field", new StructureArguments { Fields = [field], Index = by }, 0L, cancellationToken);

    /// <returns>Whether the field was there.</returns>
    public async ValueTask<bool> DeleteAsync(string field, CancellationToken cancellationToken = default) =>
        (await _key.RunAsync("map.delete", StructureKey.Values<string>([field]), null, cancellationToken)
            .ConfigureAwait(false)).Outcome == CacheOutcome.Hit;

    /// <returns>How many of the fields were there.</returns>
    public ValueTask<long> DeleteAsync(ReadOnlySpan<string> fields, CancellationToken cancellationToken = default) =>
        _key.ReadAsync("map.remove_fields", new StructureArguments { Fields = [.. fields] }, 0L, cancellationToken);

    public ValueTask<bool> ContainsAsync(string field, CancellationToken cancellationToken = default) =>
        _key.IsTrueAsync("map.contains", StructureKey.Values<string>([field]), cancellationToken);

    public ValueTask<string[]> KeysAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync<string[]>("map.keys", StructureArguments.Empty, [], cancellationToken);

    public ValueTask<T[]> ValuesAsync<T>(CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("map.values", StructureArguments.Empty, [], cancellationToken);

    /// <summary>The whole map; empty when the key is missing.</summary>
    public async ValueTask<Dictionary<string, T>> AllAsync<T>(CancellationToken cancellationToken = default) =>
        await _key.Cache.GetAsync<Dictionary<string, T>>(_key.Key, cancellationToken).ConfigureAwait(false) ?? [];

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("map.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("map.clear", cancellationToken).ConfigureAwait(false);
}
