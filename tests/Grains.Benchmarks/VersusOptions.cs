namespace Grains.Benchmarks;

/// <summary>What <c>versus</c> is asked for.</summary>
internal sealed record VersusOptions
{
    public int Rounds { get; init; } = 3;

    public double Seconds { get; init; } = 2;

    /// <summary>Measured: a get cost the server 10.6 µs after one second of load, 5.6 after four and 2.2 after eight, on a machine that was busy with
    /// other things too.</summary>
    public double WarmupSeconds { get; init; } = 6;

    /// <summary>How often a round is made again because the machine was not quiet.</summary>
    public int AgainMax { get; init; } = 3;

    /// <summary>Globs of workloads; none: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Globs of sides; none: all.</summary>
    public IReadOnlyList<string> Sides { get; init; } = [];

    /// <summary>Messages that a publisher may be ahead of its slowest subscriber. Fewer cost nats-server more for each (0.51 µs at 1,000, 0.41 at
    /// 4,000 and at 16,000).</summary>
    public int Window { get; init; } = 4_000;

    public int IdleConnections { get; init; } = 10_000;

    public int Keys { get; init; } = 1_000_000;

    /// <summary>Install the peers that are missing.</summary>
    public bool Install { get; init; }

    /// <summary>Where the Markdown goes beside the console; null: nowhere.</summary>
    public string? Out { get; init; }

    /// <summary>Another build of the server than this clone's.</summary>
    public string? Server { get; init; }

    /// <summary>A second build of the server, measured beside the first.</summary>
    public string? Baseline { get; init; }
}
