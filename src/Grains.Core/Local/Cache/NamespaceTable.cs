using System.Numerics;

namespace Grains.Local;

/// <summary>
/// The keys of one namespace: a hash table whose buckets are ranges of the hash's upper bits and whose chains are sorted, so that walking it
/// is walking one fixed order (<see cref="GrainOrder"/>) and growing only splits buckets. Looking up takes no lock: chains are never
/// reordered, at worst a reader that meets a split misses a key, and what was missed is looked up again under the lock.
/// </summary>
internal sealed class NamespaceTable(LocalCache cache, string name, bool publishChanges)
{
    private const int SmallestBits = 2;

    // This object, its lock, its counters, the smallest table and its place in the index.
    private const int OverheadBytes = 400;

    private readonly Lock _lock = new();
    private volatile KeyGrain?[] _buckets = new KeyGrain?[1 << SmallestBits];
    private volatile bool _publishChanges = publishChanges;
    private volatile bool _configured;
    private bool _dead;

    /// <summary>What happened here since the table came to be.</summary>
    public readonly CacheCounters Counters = new();

    /// <summary>Grains that remember op_ids; changed with Interlocked.</summary>
    public int OpIdGrains;

    public LocalCache Cache { get; } = cache;

    public string Name { get; } = name;

    /// <summary>What the namespace counts for in the memory budget as long as it has a key, in bytes.</summary>
    public long OwnBytes { get; } = OverheadBytes + (2 * name.Length);

    /// <summary>Changes are told on the namespace's topic.</summary>
    public bool PublishChanges => _publishChanges;

    /// <summary>A client has configured the namespace: the table stays when it is empty.</summary>
    public bool IsConfigured => _configured;

    /// <summary>Grains, with or without an entry.</summary>
    public int Count { get; private set; }

    /// <summary>Finds a key without a lock. Null is no proof.</summary>
    public KeyGrain? TryFind(CacheKey key)
    {
        var hash = (uint)key.GetHashCode();
        var buckets = _buckets;
        for (var grain = buckets[IndexOf(hash, buckets.Length)]; grain is not null && grain.Hash <= hash; grain = grain.Next)
        {
            if (grain.Hash == hash && grain.Identifier == key.Identifier && grain.Version == key.Version)
                return grain;
        }

        return null;
    }

    /// <summary>Finds a key for certain.</summary>
    public KeyGrain? Find(CacheKey key)
    {
        if (TryFind(key) is { } found)
            return found;
        lock (_lock)
            return TryFind(key);
    }

    /// <summary>Finds or makes a key's grain; null when this table has gone and another must be asked for.</summary>
    public KeyGrain? FindOrAdd(CacheKey key)
    {
        if (TryFind(key) is { } found)
            return found;
        lock (_lock)
        {
            if (_dead)
                return null;
            if (TryFind(key) is { } raced)
                return raced;
            if (Count >= _buckets.Length)
                Grow();
            var grain = new KeyGrain(this, key);
            Link(grain);
            if (++Count == 1)
                Cache.Count(this, OwnBytes);
            return grain;
        }
    }

    /// <summary>Takes a grain out, in its last turn.</summary>
    /// <returns>True when the table is empty and nothing holds it.</returns>
    public bool Remove(KeyGrain grain)
    {
        lock (_lock)
        {
            ref var bucket = ref _buckets[IndexOf(grain.Hash, _buckets.Length)];
            if (ReferenceEquals(bucket, grain))
            {
                bucket = grain.Next;
            }
            else
            {
                var before = bucket;
                while (before is not null && !ReferenceEquals(before.Next, grain))
                    before = before.Next;
                before!.Next = grain.Next;
            }

            if (--Count == 0)
                Cache.Count(this, -OwnBytes);
            if (_buckets.Length > 1 << SmallestBits && Count < _buckets.Length / 8)
                Shrink();
            return Count == 0 && !_configured;
        }
    }

    /// <summary>Sets whether changes are told; the table then stays when it is empty. False when it has gone already.</summary>
    public bool TryConfigure(bool publishChanges)
    {
        lock (_lock)
        {
            if (_dead)
                return false;
            _configured = true;
            _publishChanges = publishChanges;
            return true;
        }
    }

    /// <summary>Ends the table when it is empty: no key can be added any more.</summary>
    public bool TryEnd()
    {
        lock (_lock)
            return _dead = Count == 0 && !_configured;
    }

    /// <summary>Fills <paramref name="into"/> with grains that come after a place, in order.</summary>
    public int Take(in GrainOrder after, Span<KeyGrain?> into)
    {
        lock (_lock)
        {
            var taken = 0;
            for (var index = IndexOf(after.Hash, _buckets.Length); index < _buckets.Length; index++)
            {
                for (var grain = _buckets[index]; grain is not null; grain = grain.Next)
                {
                    if (after.CompareTo(grain) >= 0)
                        continue;
                    into[taken++] = grain;
                    if (taken == into.Length)
                        return taken;
                }
            }

            return taken;
        }
    }

    private static int IndexOf(uint hash, int buckets) => (int)(hash >> (32 - BitOperations.Log2((uint)buckets)));

    private void Link(KeyGrain grain)
    {
        var place = GrainOrder.Of(grain);
        ref var bucket = ref _buckets[IndexOf(grain.Hash, _buckets.Length)];
        if (bucket is null || place.CompareTo(bucket) < 0)
        {
            grain.Next = bucket;
            Volatile.Write(ref bucket, grain);
            return;
        }

        var before = bucket;
        while (before.Next is { } next && place.CompareTo(next) > 0)
            before = next;
        grain.Next = before.Next;
        before.Next = grain;
    }

    // Each bucket's chain is cut in two where the next bit of the hash changes.
    private void Grow()
    {
        if (_buckets.Length >= 1 << 30)
            return;
        var grown = new KeyGrain?[_buckets.Length * 2];
        for (var i = 0; i < _buckets.Length; i++)
        {
            var lower = (KeyGrain?)null;
            var grain = _buckets[i];
            while (grain is not null && IndexOf(grain.Hash, grown.Length) == 2 * i)
            {
                lower = grain;
                grain = grain.Next;
            }

            grown[(2 * i) + 1] = grain;
            grown[2 * i] = lower is null ? null : _buckets[i];
            if (lower is not null)
                lower.Next = null;
        }

        _buckets = grown;
    }

    private void Shrink()
    {
        var shrunk = new KeyGrain?[_buckets.Length / 2];
        for (var i = 0; i < shrunk.Length; i++)
        {
            var (lower, upper) = (_buckets[2 * i], _buckets[(2 * i) + 1]);
            shrunk[i] = lower ?? upper;
            while (lower?.Next is { } next)
                lower = next;
            if (lower is not null)
                lower.Next = upper;
        }

        _buckets = shrunk;
    }
}
