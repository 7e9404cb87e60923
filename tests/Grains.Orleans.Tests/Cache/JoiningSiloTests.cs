using System.Collections.Immutable;
using Grains.Engine;
using Grains.Orleans.Cache;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Cache;

/// <summary>What clients have configured holds on every silo, also on one that joins later.</summary>
public sealed class JoiningSiloTests
{
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
        var answers = new AnswersOfBefore();
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections(),
            configure: silo => silo.AddIncomingGrainCallFilter(answers));
        await new SpreadCache(silos).ExecuteAsync(new NamespaceCommand("configure", "ns") { PublishChanges = true });
        await silos.AddSiloAsync();
        var joined = silos.Cluster.Silos[2].ServiceProvider.GetRequiredService<CachePart>();
        Assert.True(SpinWait.SpinUntil(() => joined.Keys.Configured is [{ Key: "ns", Value: true }], RecordingConnections.Patience));
        Assert.True(answers.Count >= 2);
    }

    /// <summary>A silo that joins and asks what has been configured is told what there was before: nothing.</summary>
    private sealed class AnswersOfBefore : IIncomingGrainCallFilter
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            await context.Invoke();
            if (context.InterfaceMethod.DeclaringType != typeof(ICacheSilo) || context.InterfaceMethod.Name != nameof(ICacheSilo.ConfiguredAsync))
                return;
            context.Result = ImmutableArray<KeyValuePair<string, bool>>.Empty;
            Interlocked.Increment(ref _count);
        }
    }
}
