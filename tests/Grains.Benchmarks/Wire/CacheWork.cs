namespace Grains.Benchmarks.Wire;

internal enum CacheWork
{
    Get,
    Set,
    TestAndSet,
}
