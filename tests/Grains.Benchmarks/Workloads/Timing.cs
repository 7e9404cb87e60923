namespace Grains.Benchmarks.Workloads;

/// <summary>How long things take.</summary>
/// <param name="Warmup">Load before anything counts: .NET compiles the hot path anew several times.</param>
/// <param name="Measured">Load that counts.</param>
internal sealed record Timing(TimeSpan Warmup, TimeSpan Measured);
