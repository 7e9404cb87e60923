namespace Grains.Benchmarks.Load;

/// <summary>When each message was published, or should have been, by its number; of the last million.</summary>
internal sealed class PublishTimes
{
    public const int Kept = 1 << 20;

    private readonly long[] _times = new long[Kept];

    /// <summary>How many messages were published.</summary>
    public long Published { get; private set; }

    public long this[long number] => _times[number & (Kept - 1)];

    public void Add(long ns) => _times[Published++ & (Kept - 1)] = ns;
}
