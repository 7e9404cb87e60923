using System.Collections.Immutable;
using Grains.Engine;
using Grains.Orleans.Cache;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Cache;

/// <summary>What clients have configured holds on every silo, also on one that joins later.</summary>
public sealed class JoiningSiloTests
{
    private const int Keys = 60;

    [Fact]
    public async Task A_silo_that_joins_knows_which_namespaces_tell_their_changes()
    {
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections());
        var cache = new SpreadCache(silos);
        await cache.ExecuteAsync(new NamespaceCommand("configure", "ns") { PublishChanges = true });
        await cache.ExecuteAsync(new NamespaceCommand("configure", "silent") { PublishChanges = false });
        await silos.AddSiloAsync();
        var parts = silos.Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<CachePart>()).ToArray();
        Assert.Equal(3, parts.Length);
        Assert.All(parts, part => Assert.Equal(
            [KeyValuePair.Create("ns", true), KeyValuePair.Create("silent", false)], part.Keys.Configured.OrderBy(pair => pair.Key)));
    }

    [Fact]
    public async Task What_has_been_configured_while_a_silo_joined_is_told_it()
    {
        var published = new CachePublished();
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections(), published: published);
        var (first, second) = (silos.Cluster.Silos[0].ServiceProvider, silos.Cluster.Silos[1]);
        // As it is for a silo that asked before: one knows, the other does not.
        var configure = new NamespaceCommand("configure", "ns") { PublishChanges = true };
        await first.GetRequiredService<CachePart>().Keys.ExecuteAsync(configure);
        await first.GetRequiredService<CacheSilos>().Of(second.SiloAddress).ConfigureAsync(
            ImmutableArray.Create(KeyValuePair.Create("ns", true)));
        await PutAsync(new SpreadCache(silos));
        Assert.Equal(Keys, published.Messages.Count);
    }

    private static async Task PutAsync(SpreadCache cache)
    {
        for (var i = 0; i < Keys; i++)
        {
            var put = new CacheCommand("put") { Value = Value.Json("1") };
            Assert.Equal(ErrorCode.None, (await cache.ExecuteAsync(new CacheKey("ns", $"k{i}"), put)).Error);
        }
    }
}
