using Grains.Cache;
using Grains.Local;

namespace Grains.Tests.Cache;

/// <summary>Measures the whole process's memory, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LocalCacheMemoryTests), DisableParallelization = true)]
[Collection(nameof(LocalCacheMemoryTests))]
public sealed class LocalCacheMemoryTests
{
    [Fact]
    public async Task A_key_with_a_value_of_100_bytes_takes_less_than_400()
    {
        const int Keys = 400_000;
        var (perKey, booked) = await MedianAsync(async () =>
        {
            using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
            var before = SettledBytes();
            for (var i = 0; i < Keys; i++)
                await cache.ExecuteAsync(new CacheKey("ns", $"session_{i:d8}"), new CacheCommand("put") { Value = Value.FromBytes(new byte[100]) });
            return ((SettledBytes() - before) / (double)Keys, cache.UsedBytes / (double)Keys);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{perKey} bytes per key, {booked} in the books");
        Assert.InRange(perKey, 100, 400);
        Assert.InRange(booked / perKey, 0.9, 1.2);
    }

    [Fact]
    public async Task A_namespace_of_one_key_counts_for_what_it_takes()
    {
        const int Namespaces = 50_000;
        var (taken, booked) = await MedianAsync(async () =>
        {
            using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
            var before = SettledBytes();
            for (var i = 0; i < Namespaces; i++)
                await cache.ExecuteAsync(new CacheKey($"{i:d8} {new string('n', 200)}", "key"), new CacheCommand("put") { Value = Value.FromBytes(new byte[10]) });
            return ((SettledBytes() - before) / (double)Namespaces, cache.UsedBytes / (double)Namespaces);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{taken} bytes each, {booked} in the books");
        Assert.InRange(booked / taken, 0.9, 1.2);
    }

    /// <summary>The middle one of three: what tests before have left may go while the first is made.</summary>
    private static async Task<(double Taken, double Booked)> MedianAsync(Func<Task<(double Taken, double Booked)>> measure)
    {
        var found = new[] { await measure(), await measure(), await measure() };
        return found.OrderBy(one => one.Taken).ElementAt(1);
    }

    /// <summary>What is in use once nothing more is freed: tests that have just ended leave much behind, and what went later would be missing here.</summary>
    private static long SettledBytes()
    {
        var bytes = GC.GetTotalMemory(forceFullCollection: true);
        for (var attempt = 0; attempt < 50; attempt++)
        {
            GC.WaitForPendingFinalizers();
            var before = bytes;
            bytes = GC.GetTotalMemory(forceFullCollection: true);
            if (before - bytes < 64 * 1024)
                break;
        }

        return bytes;
    }
}
