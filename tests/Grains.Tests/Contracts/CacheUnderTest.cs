using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>A cache engine as the contract suite gets it, with the clock it runs on and the messages it has published.</summary>
public sealed class CacheUnderTest(ICacheEngine cache, ManualTime time, CachePublished published, IDisposable owner) : IDisposable
{
    public ICacheEngine Cache { get; } = cache;

    public ManualTime Time { get; } = time;

    /// <summary>What went to topics so far, in order.</summary>
    public CachePublished Published { get; } = published;

    public ValueTask<CacheReply> RunAsync(CacheKey key, CacheCommand command) => Cache.ExecuteAsync(key, command);

    public ValueTask<CacheReply> PutAsync(CacheKey key, string json) => Cache.ExecuteAsync(key, new CacheCommand("put") { Value = Value.Json(json) });

    public ValueTask<CacheReply> GetAsync(CacheKey key) => Cache.ExecuteAsync(key, CacheCommand.Get);

    public ValueTask<CacheReply> StructureAsync(CacheKey key, string operation, params string[] jsonValues) => Cache.ExecuteAsync(
        key, new CacheCommand(operation) { Structure = new StructureArguments { Values = [.. jsonValues.Select(Value.Json)] } });

    public ValueTask<NamespaceReply> NamespaceAsync(NamespaceCommand command) => Cache.ExecuteAsync(command);

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose() => owner.Dispose();
}
