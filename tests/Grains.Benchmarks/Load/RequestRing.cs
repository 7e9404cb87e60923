namespace Grains.Benchmarks.Load;

/// <summary>Requests prepared beforehand, as bytes one after another, to be sent again and again in their order: so sending is one call with a slice,
/// and the client spends nothing on writing them.</summary>
internal sealed class RequestRing
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private int _next;

    /// <param name="requests">At least one.</param>
    /// <param name="burstMax">How many can be taken at once.</param>
    public RequestRing(IReadOnlyList<byte[]> requests, int burstMax)
    {
        Count = requests.Count;
        BurstMax = burstMax;
        // The front is repeated at the end, so that every burst is one slice.
        _starts = new int[Count + burstMax + 1];
        for (var i = 0; i < Count + burstMax; i++)
            _starts[i + 1] = _starts[i] + requests[i % Count].Length;
        _bytes = GC.AllocateUninitializedArray<byte>(_starts[^1], pinned: true);
        for (var i = 0; i < Count + burstMax; i++)
            requests[i % Count].CopyTo(_bytes, _starts[i]);
    }

    public int Count { get; }

    public int BurstMax { get; }

    /// <summary>The next requests, at most <see cref="BurstMax"/>.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var (start, end) = (_starts[_next], _starts[_next + count]);
        _next = (_next + count) % Count;
        return _bytes.AsSpan(start, end - start);
    }
}
