namespace Grains;

/// <summary>A key that holds a set: members without order, each once.</summary>
public readonly struct CacheSet
{
    private readonly StructureKey _key;

    internal CacheSet(StructureKey key) => _key = key;

    /// <returns>Members afterwards.</returns>
    public ValueTask<long> AddAsync<T>(T member, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("set.add", StructureKey.Values<T>([member]), ttl, cancellationToken);

    /// <returns>Members afterwards.</returns>
    public ValueTask<long> AddAsync<T>(ReadOnlySpan<T> members, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("set.add", StructureKey.Values(members), ttl, cancellationToken);

    /// <returns>Whether it was a member.</returns>
    public ValueTask<bool> RemoveAsync<T>(T member, CancellationToken cancellationToken = default) =>
        _key.IsTrueAsync("set.remove", StructureKey.Values<T>([member]), cancellationToken);

    public ValueTask<bool> ContainsAsync<T>(T member, CancellationToken cancellationToken = default) =>
        _key.IsTrueAsync("set.contains", StructureKey.Values<T>([member]), cancellationToken);

    /// <summary>All members, in no order; empty when the key is missing.</summary>
    public ValueTask<T[]> MembersAsync<T>(CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("set.members", StructureArguments.Empty, [], cancellationToken);

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("set.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("set.clear", cancellationToken).ConfigureAwait(false);

    /// <summary>The members of this set and of the others. Each set is read by itself: the whole is not one atomic step.</summary>
    public ValueTask<T[]> UnionAsync<T>(ReadOnlySpan<CacheKey> others, CancellationToken cancellationToken = default) =>
        CombineAsync<T>("set.union", others, cancellationToken);

    /// <summary>The members that this set and all the others have. Each set is read by itself.</summary>
    public ValueTask<T[]> IntersectionAsync<T>(ReadOnlySpan<CacheKey> others, CancellationToken cancellationToken = default) =>
        CombineAsync<T>("set.intersection", others, cancellationToken);

    /// <summary>The members of this set that none of the others has. Each set is read by itself.</summary>
    public ValueTask<T[]> DifferenceAsync<T>(ReadOnlySpan<CacheKey> others, CancellationToken cancellationToken = default) =>
        CombineAsync<T>("set.difference", others, cancellationToken);

    private ValueTask<T[]> CombineAsync<T>(string operation, ReadOnlySpan<CacheKey> others, CancellationToken cancellationToken)
    {
        var keys = new string[others.Length];
        for (var i = 0; i < others.Length; i++)
            keys[i] = $"{others[i].Namespace}:{others[i].Identifier}";
        return _key.ReadAsync<T[]>(operation, new StructureArguments { OtherSetKeys = [.. keys] }, [], cancellationToken);
    }
}
