namespace Grains.Local;

/// <summary>Counts of one namespace. Changed with Interlocked, read as they are.</summary>
internal sealed class CacheCounters
{
    public long Hits;
    public long Misses;
    public long Writes;
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
        sum.Hits += Interlocked.Read(ref Hits);
        sum.Misses += Interlocked.Read(ref Misses);
        sum.Writes += Interlocked.Read(ref Writes);
        sum.Deletes += Interlocked.Read(ref Deletes);
        sum.Expired += Interlocked.Read(ref Expired);
        sum.Evicted += Interlocked.Read(ref Evicted);
        sum.EventsFailed += Interlocked.Read(ref EventsFailed);
        sum.Entries += Interlocked.Read(ref Entries);
        sum.Bytes += Interlocked.Read(ref Bytes);
    }
}
