using System.Numerics;

namespace Grains.Benchmarks.Load;

/// <summary>
/// Latencies in nanoseconds, counted in buckets of which 64 lie between a number and its double: percentiles are exact to 1.6 %, and recording
/// costs an increment. Longer ones than 18 minutes count as that.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int ExactMax = 2 << SubBits;
    private const long ValueMax = (1L << 40) - 1;

    private readonly long[] _counts = new long[IndexOf(ValueMax) + 1];

    public long Count { get; private set; }

    public void Record(long ns)
    {
        _counts[IndexOf(Math.Clamp(ns, 0, ValueMax))]++;
        Count++;
    }

    /// <summary>The smallest latency that at least this part of all do not exceed, in nanoseconds; 0 when there is none.</summary>
    public double Percentile(double part)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(part * Count));
        long seen = 0;
        for (var index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= wanted)
                return MiddleOf(index);
        }

        return 0;
    }

    /// <summary>Counts another's latencies too.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var index = 0; index < _counts.Length; index++)
            _counts[index] += other._counts[index];
        Count += other.Count;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    // Below 128 every number has a bucket; above, the bucket is the number's power of two and its next six bits.
    private static int IndexOf(long ns)
    {
        if (ns < ExactMax)
            return (int)ns;
        var shift = BitOperations.Log2((ulong)ns) - SubBits;
        return (shift << SubBits) + (int)(ns >> shift);
    }

    private static double MiddleOf(int index)
    {
        if (index < ExactMax)
            return index;
        var shift = (index >> SubBits) - 1;
        return ((long)(index - (shift << SubBits)) << shift) + (((1L << shift) - 1) / 2.0);
    }
}
