using Grains.Cache;
using Grains.Engine;
using Grains.Orleans.Cache;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Orleans.Tests.Cache;

/// <summary>The topic that a namespace tells its changes on may not answer: that is no other key's trouble.</summary>
public sealed class HeldEventsTests
{
    private const int Keys = 8;

    [Fact]
    public async Task A_topic_of_changes_that_does_not_answer_holds_up_no_reading_and_no_other_namespace()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var published = new CachePublished { Gate = gate.Task };
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections(), published: published);
        var cache = new SpreadCache(silos);
        await cache.ExecuteAsync(new NamespaceCommand("configure", "told") { PublishChanges = true });
        var put = new CacheCommand("put") { Value = Value.Json("1") };
        Assert.All(await AllAsync("told", put), reply => Assert.Equal(CacheOutcome.Hit, reply.Outcome));
        Assert.All(await AllAsync("told", CacheCommand.Get), reply => Assert.Equal("1", reply.Value.ToString()));
        Assert.All(await AllAsync("silent", put), reply => Assert.Equal(CacheOutcome.Hit, reply.Outcome));
        Assert.Equal(Keys, (await cache.ExecuteAsync(new NamespaceCommand("count", "told"))).Count);
        Assert.Equal(Keys, (await cache.ExecuteAsync(new NamespaceCommand("clear", "silent"))).AffectedCount);
        Assert.Equal(Keys, (await cache.ExecuteAsync(new NamespaceCommand("clear", "told")).AsTask().WaitAsync(RecordingConnections.Patience)).AffectedCount);
        Assert.Empty(published.Messages);

        gate.SetResult();
        foreach (var silo in silos.Cluster.Silos)
            await silo.ServiceProvider.GetRequiredService<CachePart>().Events.FlushAsync().WaitAsync(RecordingConnections.Patience);
        Assert.Equal(2 * Keys, published.Messages.Count);

        Task<CacheReply[]> AllAsync(string name, CacheCommand command) =>
            Task.WhenAll(Enumerable.Range(0, Keys).Select(i => cache.ExecuteAsync(new CacheKey(name, $"k{i}"), command).AsTask()));
    }
}
