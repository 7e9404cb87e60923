namespace Grains.Local;

/// <summary>Counts of one namespace. Numbers are changed with Interlocked, and read as they are.</summary>
internal sealed class CacheCounters
{
    public readonly SpreadCounter Hits = new();
    public readonly SpreadCounter Misses = new();
    public readonly SpreadCounter Writes = new();
    public long Deletes;
    public long Expired;
    public long Evicted;
    public long EventsFailed;

    /// <summary>Entries there are now.</summary>
    public long Entries;

    /// <summary>Memory that the namespace, its keys, entries and op_ids take now, in bytes.</summary>
    public long Bytes;

    public void AddTo(CacheCounters sum)
    {
        sum.Hits.Add(Hits.Value);
        sum.Misses.Add(Misses.Value);
        sum.Writes.Add(Writes.Value);
        sum.Deletes += Interlocked.Read(ref Deletes);
        sum.Expired += Interlocked.Read(ref Expired);
        sum.Evicted += Interlocked.Read(ref Evicted);
        sum.EventsFailed += Interlocked.Read(ref EventsFailed);
        sum.Entries += Interlocked.Read(ref Entries);
        sum.Bytes += Interlocked.Read(ref Bytes);
    }
}
