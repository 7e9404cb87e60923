namespace Grains.Benchmarks.Load;

/// <summary>When the requests that wait for a reply were sent, or should have been: first in, first out, growing.</summary>
internal sealed class TimeQueue
{
    private long[] _times = new long[64];
    private int _head;

    public int Count { get; private set; }

    public void Add(long ns, int count)
    {
        while (Count + count > _times.Length)
            Grow();
        for (var i = 0; i < count; i++)
            _times[(_head + Count++) & (_times.Length - 1)] = ns;
    }

    public long Take()
    {
        var ns = _times[_head];
        _head = (_head + 1) & (_times.Length - 1);
        Count--;
        return ns;
    }

    private void Grow()
    {
        var larger = new long[2 * _times.Length];
        for (var i = 0; i < Count; i++)
            larger[i] = _times[(_head + i) & (_times.Length - 1)];
        (_times, _head) = (larger, 0);
    }
}
