namespace Grains;

/// <summary>A key that holds a set whose members have scores: ordered by score, then by member.</summary>
public readonly struct CacheSortedSet
{
    private readonly StructureKey _key;

    internal CacheSortedSet(StructureKey key) => _key = key;

    /// <summary>Adds a member or gives it a new score.</summary>
    /// <returns>Members afterwards.</returns>
    public ValueTask<long> AddAsync<T>(T member, double score, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        _key.SizeAfterAsync("sorted_set.add_scored",
            new StructureArguments { ScoredValues = [new ScoredValue(TypedValue.Of(member), score)] }, ttl, cancellationToken);

    /// <summary>Adds several members in one step.</summary>
    /// <returns>Members afterwards.</returns>
    public ValueTask<long> AddAsync<T>(IEnumerable<Scored<T>> members, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(members);
        var arguments = new StructureArguments { ScoredValues = [.. members.Select(m => new ScoredValue(TypedValue.Of(m.Value), m.Score))] };
        return _key.SizeAfterAsync("sorted_set.add_scored", arguments, ttl, cancellationToken);
    }

    /// <returns>Whether it was a member.</returns>
    public ValueTask<bool> RemoveAsync<T>(T member, CancellationToken cancellationToken = default) =>
        _key.IsTrueAsync("sorted_set.remove", StructureKey.Values<T>([member]), cancellationToken);

    /// <summary>The score of a member; null when it is none.</summary>
    public async ValueTask<double?> ScoreAsync<T>(T member, CancellationToken cancellationToken = default)
    {
        var item = await _key.FindAsync<double>("sorted_set.score", StructureKey.Values<T>([member]), cancellationToken).ConfigureAwait(false);
        return item.Found ? item.Value : null;
    }

    /// <summary>The place of a member from the lowest score, counted from 0; null when it is none.</summary>
    public async ValueTask<long?> RankAsync<T>(T member, CancellationToken cancellationToken = default)
    {
        var item = await _key.FindAsync<long>("sorted_set.rank", StructureKey.Values<T>([member]), cancellationToken).ConfigureAwait(false);
        return item.Found ? item.Value : null;
    }

    /// <summary>Members by rank: from <paramref name="start"/> up to, not including, <paramref name="end"/>; null is the end.</summary>
    public ValueTask<T[]> RangeAsync<T>(long start = 0, long? end = null, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("sorted_set.range", new StructureArguments { Start = start, End = end }, [], cancellationToken);

    /// <summary>Members whose scores lie between two bounds, both included; null is no bound.</summary>
    public ValueTask<T[]> RangeByScoreAsync<T>(
        double? min = null, double? max = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("sorted_set.get_range", new StructureArguments { MinScore = min, MaxScore = max, Limit = limit }, [], cancellationToken);

    /// <summary>The members of the highest scores, highest first.</summary>
    public ValueTask<T[]> TopAsync<T>(int count, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("sorted_set.get_top", new StructureArguments { Limit = count }, [], cancellationToken);

    /// <summary>The members of the lowest scores, lowest first.</summary>
    public ValueTask<T[]> BottomAsync<T>(int count, CancellationToken cancellationToken = default) =>
        _key.ReadAsync<T[]>("sorted_set.get_bottom", new StructureArguments { Limit = count }, [], cancellationToken);

    public ValueTask<long> SizeAsync(CancellationToken cancellationToken = default) =>
        _key.ReadAsync("sorted_set.size", StructureArguments.Empty, 0L, cancellationToken);

    public async ValueTask ClearAsync(CancellationToken cancellationToken = default) =>
        await _key.RunAsync("sorted_set.clear", cancellationToken).ConfigureAwait(false);
}
