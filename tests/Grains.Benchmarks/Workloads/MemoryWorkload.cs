using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>A workload of which is asked what each of many takes.</summary>
internal abstract class MemoryWorkload
{
    /// <summary>Time for a server to come to rest before its memory is read.</summary>
    protected static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    /// <summary>For <c>--only</c>.</summary>
    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract string? Peer { get; }

    public abstract IReadOnlyList<string> Sides { get; }

    public abstract MemoryFigures Measure(Side side, ServerProcess server);
}
