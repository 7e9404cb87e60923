namespace Grains.Benchmarks.Workloads;

/// <summary>When the open loop sends: evenly, at a rate.</summary>
/// <param name="beginNs">The first is due then.</param>
/// <param name="rate">A second.</param>
internal sealed class Schedule(long beginNs, double rate)
{
    private readonly double _intervalNs = 1e9 / rate;
    private long _taken;

    /// <summary>When the next is due.</summary>
    public long NextNs => beginNs + (long)(_taken * _intervalNs);

    public long Take()
    {
        var dueNs = NextNs;
        _taken++;
        return dueNs;
    }
}
