using System.Runtime.InteropServices;

namespace Grains.Local;

/// <summary>
/// Counts what several threads do at once. As long as they do not meet it is one number; when they have met once, each counts in a place of its own,
/// because a number that processors take from each other at every read of a key costs more than the look-up.
/// </summary>
internal sealed class SpreadCounter
{
    private const int Places = 4;

    private long _count;
    private Place[]? _places;

    /// <summary>The sum; what is being counted meanwhile may be in it or not.</summary>
    public long Value
    {
        get
        {
            var sum = Volatile.Read(ref _count);
            foreach (ref var place in Volatile.Read(ref _places).AsSpan())
                sum += Volatile.Read(ref place.Count);
            return sum;
        }
    }

    public void Add(long count) => Interlocked.Add(ref _count, count);

    public void Increment()
    {
        var places = Volatile.Read(ref _places);
        if (places is null)
        {
            var seen = Volatile.Read(ref _count);
            if (Interlocked.CompareExchange(ref _count, seen + 1, seen) == seen)
                return;
            places = new Place[Places];
            places = Interlocked.CompareExchange(ref _places, places, null) ?? places;
        }

        Interlocked.Increment(ref places[Environment.CurrentManagedThreadId % Places].Count);
    }

    // As far apart as processors fetch memory at once.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Place
    {
        [FieldOffset(0)]
        public long Count;
    }
}
