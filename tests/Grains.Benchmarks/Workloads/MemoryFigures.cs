namespace Grains.Benchmarks.Workloads;

/// <summary>What many of something cost one process.</summary>
/// <param name="BytesEach">Growth of the resident memory, divided.</param>
/// <param name="ResidentBytes">All of it, at the end.</param>
/// <param name="Seconds">Time until all were there.</param>
internal sealed record MemoryFigures(double BytesEach, double ResidentBytes, double Seconds);
