namespace Grains.Benchmarks.Load;

/// <summary>What all participants of one measurement count together.</summary>
internal sealed class LoadStats
{
    /// <summary>Replies to requests, or deliveries.</summary>
    public long Operations { get; set; }

    /// <summary>Bytes that subscribers received.</summary>
    public long Bytes { get; set; }

    public LatencyHistogram Latency { get; } = new();

    public void Clear()
    {
        Operations = 0;
        Bytes = 0;
        Latency.Clear();
    }
}
