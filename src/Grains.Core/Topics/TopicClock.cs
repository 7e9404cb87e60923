namespace Grains.Topics;

/// <summary>
/// A clock whose readings strictly grow, in microseconds of the Unix epoch: the time when it moves on, one more than the last reading when
/// it does not. No two appends and no subscription of a node share a reading, so a time cuts every log exactly.
/// </summary>
public sealed class TopicClock(TimeProvider time)
{
    private long _last;

    /// <summary>Makes every later reading larger than one of another node's.</summary>
    public void Observe(long reading)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (last >= reading || Interlocked.CompareExchange(ref _last, reading, last) == last)
                return;
        }
    }

    public long Next()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(time.NowUs(), last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return next;
        }
    }
}
