namespace Grains.Cache;

/// <summary>
/// Hands out the revisions of all keys: numbers that only grow, so that one serves as a fencing token across delete and re-create.
/// They begin at the clock's microseconds: a restarted process begins above all it gave before, as long as it gave fewer than a
/// million a second on average. A storage that keeps a high-water mark makes that certain: it starts this above the mark.
/// All stay below 2^53, which a JSON number holds exactly.
/// </summary>
public sealed class RevisionAllocator
{
    private long _last;

    /// <param name="time">The clock.</param>
    /// <param name="highWater">A revision that was or may have been given before; all new ones are above it.</param>
    public RevisionAllocator(TimeProvider time, long highWater = 0)
    {
        _last = Math.Max(time.NowUs(), highWater);
    }

    /// <summary>The highest revision given so far.</summary>
    public long HighWater => Interlocked.Read(ref _last);

    /// <summary>Makes every later revision larger than one that another node gave.</summary>
    public void Observe(long revision)
    {
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            if (last >= revision || Interlocked.CompareExchange(ref _last, revision, last) == last)
                return;
        }
    }

    public long Next() => Interlocked.Increment(ref _last);
}
