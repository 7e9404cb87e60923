using Grains.Cache;
using Grains.Engine;
using Grains.Tests;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>
/// Two silos for all tests of single keys that need no settings of their own: hundreds of cases, each done in milliseconds. Between two of them every
/// key goes, and time goes on until nothing is remembered of them either.
/// </summary>
public sealed class CacheCluster : IAsyncDisposable
{
    private static readonly TimeSpan UntilForgotten = new CacheOptions().OpIdKeepFor + TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly CachePublished _published = new();
    private readonly Lazy<TwoSilos> _silos;

    public CacheCluster() => _silos = new Lazy<TwoSilos>(
        () => TwoSilos.Start(new EngineSettings(), _time, new RecordingConnections(), published: _published));

    public CacheUnderTest Start()
    {
        var cache = new SpreadCache(_silos.Value);
        return new CacheUnderTest(cache, _time, _published, new Emptying(cache, _time));
    }

    /// <summary>A cluster for one test.</summary>
    public static CacheUnderTest Start(CacheOptions options)
    {
        var (time, published) = (new ManualTime(), new CachePublished());
        var silos = TwoSilos.Start(new EngineSettings { Cache = options }, time, new RecordingConnections(), published: published);
        var cache = new SpreadCache(silos);
        return new CacheUnderTest(cache, time, published, cache);
    }

    public async ValueTask DisposeAsync()
    {
        if (_silos.IsValueCreated)
            await _silos.Value.DisposeAsync();
    }

    private sealed class Emptying(SpreadCache cache, ManualTime time) : IDisposable
    {
        public void Dispose() => Task.Run(async () =>
        {
            time.Advance(UntilForgotten);
            Assert.Equal(ErrorCode.None, (await cache.ExecuteAsync(new NamespaceCommand("invalidate", ""))).Error);
            Assert.Empty((await cache.ExecuteAsync(new NamespaceCommand("query", ""))).Keys);
        }).GetAwaiter().GetResult();
    }
}
