using System.Collections.Concurrent;
using Grains.Cache;

namespace Grains.Local;

/// <summary>The namespaces there are, each with its table of keys. A namespace comes to be with the first look at a key of it; an empty one is
/// kept for its counters until there are many.</summary>
internal sealed class NamespaceIndex(LocalCache cache, CacheOptions options)
{
    /// <summary>With more namespaces than this an empty one goes at once.</summary>
    private const int EmptyKept = 1_000;

    private readonly ConcurrentDictionary<string, NamespaceTable> _tables = new(StringComparer.Ordinal);

    // What the tables that went had counted.
    private readonly CacheCounters _past = new();
    private int _count;
    private int _configured;

    public IEnumerable<NamespaceTable> Tables => _tables.Select(pair => pair.Value);

    public int Count => Volatile.Read(ref _count);

    public NamespaceTable? TryGet(string name) => _tables.GetValueOrDefault(name);

    public NamespaceTable GetOrAdd(string name)
    {
        while (true)
        {
            if (_tables.TryGetValue(name, out var table))
                return table;
            table = new NamespaceTable(cache, name, options.PublishChangesOf.Any(glob => Glob.IsMatch(glob, name)));
            if (!_tables.TryAdd(name, table))
                continue;
            Interlocked.Increment(ref _count);
            return table;
        }
    }

    /// <summary>Says whether a namespace publishes its changes. It stays from now on, also empty.</summary>
    /// <returns>False when <see cref="NamespaceOptions.ConfiguredMax"/> namespaces have been configured already.</returns>
    public bool TryConfigure(string name, bool publishChanges)
    {
        var table = TryGet(name);
        if (table is not { IsConfigured: true } && Interlocked.Increment(ref _configured) > options.Namespaces.ConfiguredMax)
        {
            Interlocked.Decrement(ref _configured);
            return false;
        }

        while (!GetOrAdd(name).TryConfigure(publishChanges))
        {
            // The table has just gone; the next one is asked.
        }

        return true;
    }

    /// <summary>Nothing is known of the key that was looked for. It counts for its namespace, on whichever node the namespace's other keys are;
    /// when there are many namespaces, for all of them only.</summary>
    public void CountMiss(string name)
    {
        if ((TryGet(name) ?? (Count < EmptyKept ? GetOrAdd(name) : null)) is { } table)
        {
            table.Counters.Misses.Increment();
            return;
        }

        _past.Misses.Increment();
    }

    public KeyGrain? Find(CacheKey key) => TryGet(key.Namespace)?.Find(key);

    public KeyGrain FindOrAdd(CacheKey key)
    {
        while (true)
        {
            if (GetOrAdd(key.Namespace).FindOrAdd(key) is { } grain)
                return grain;
        }
    }

    /// <summary>Takes a grain out of its table, in its last turn.</summary>
    public void Remove(KeyGrain grain)
    {
        var table = grain.Table;
        if (!table.Remove(grain) || Count <= EmptyKept || !table.TryEnd())
            return;
        if (_tables.TryRemove(KeyValuePair.Create(table.Name, table)))
        {
            Interlocked.Decrement(ref _count);
            lock (_past)
                table.Counters.AddTo(_past);
        }
    }

    /// <summary>The counts of all namespaces together, those that went included.</summary>
    public CacheCounters Sum()
    {
        var sum = new CacheCounters();
        lock (_past)
            _past.AddTo(sum);
        foreach (var table in Tables)
            table.Counters.AddTo(sum);
        return sum;
    }
}
