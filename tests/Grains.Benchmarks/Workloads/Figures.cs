namespace Grains.Benchmarks.Workloads;

/// <summary>What one measurement of one process found.</summary>
internal sealed record Figures
{
    public required double OperationsPerSecond { get; init; }

    /// <summary>What subscribers received.</summary>
    public double BytesPerSecond { get; init; }

    public required double P50Us { get; init; }

    public required double P99Us { get; init; }

    public required double P999Us { get; init; }

    /// <summary>Each, in nanoseconds.</summary>
    public required Load.LatencyHistogram Latencies { get; init; }

    /// <summary>Processor time of the server for one operation.</summary>
    public required double ServerCpuUs { get; init; }

    /// <summary>Processors that the driver kept busy: 1 is all that its one thread can do, so near it the client is what was measured.</summary>
    public required double ClientCpu { get; init; }

    /// <summary>Processors that everything else on the machine kept busy meanwhile, or that the machine was not given: nothing, if the figures
    /// are to be worth something.</summary>
    public required double OthersCpu { get; init; }

    public required double ResidentBytes { get; init; }
}
