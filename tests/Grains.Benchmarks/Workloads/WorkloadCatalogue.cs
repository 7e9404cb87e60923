using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Workloads;

/// <summary>Everything that is measured.</summary>
internal static class WorkloadCatalogue
{
    public static IReadOnlyList<RateWorkload> Rates(int window) =>
    [
        .. from work in Enum.GetValues<CacheWork>()
           from connections in new[] { 1, 50 }
           from depth in new[] { 1, 16 }
           select new CacheWorkload(work, connections, depth),
        new CallWorkload(50, 1),
        new CallWorkload(1, 50),
        new PublishWorkload(1, window),
        new PublishWorkload(10, window),
        new PublishWorkload(100, window),
    ];

    public static IReadOnlyList<MemoryWorkload> Memories(int connections, int keys) => [new IdleWorkload(connections), new KeysWorkload(keys)];
}
