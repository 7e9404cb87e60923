namespace Grains.Benchmarks;

/// <summary>What <c>versus</c> is asked for.</summary>
internal sealed record VersusOptions
{
    public int Rounds { get; init; } = 3;

    public double Seconds { get; init; } = 2;

    public double WarmupSeconds { get; init; } = 2;

    /// <summary>Globs of workloads; none: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Globs of sides; none: all.</summary>
    public IReadOnlyList<string> Sides { get; init; } = [];

    /// <summary>Messages that a publisher may be ahead of its slowest subscriber.</summary>
    public int Window { get; init; } = 1_000;

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
