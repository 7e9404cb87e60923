using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Orleans.Cache;
using Grains.Orleans.Functions;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>A silo knows what there is at the others before anybody may call it.</summary>
public sealed class FirstLookTests
{
    [Fact]
    public async Task A_silo_that_is_not_yet_active_knows_the_functions_the_subscriptions_and_what_is_configured()
    {
        var looks = new ConcurrentQueue<Known>();
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections(), configure: silo =>
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => new Watcher(services, looks)));
        var (engine, connection) = (silos.Engines[0], new ConnectionId("c"));
        await engine.OpenAsync(connection, new ConnectionInfo("test", "in-process", ""));
        Assert.Equal(ErrorCode.None, (await engine.Functions.OfferAsync(connection, new FunctionOffer("f"))).Error);
        var subscribed = await engine.Topics.SubscribeAsync(connection, new SubscribeCommand("s", [new TopicPattern("t")]));
        Assert.Equal(ErrorCode.None, subscribed.Error);
        await new SpreadCache(silos).ExecuteAsync(new NamespaceCommand("configure", "ns") { PublishChanges = true });
        Assert.All(looks, look => Assert.Equal(new Known(false, 0, 0), look));

        await silos.AddSiloAsync();

        Assert.Equal(3, looks.Count);
        Assert.Equal(new Known(true, 1, 1), looks.Last());
    }

    private sealed record Known(bool HasFunction, int Subscriptions, int Namespaces);

    /// <summary>Looks what the silo knows, the last thing before it becomes active.</summary>
    private sealed class Watcher(IServiceProvider services, ConcurrentQueue<Known> looks) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(Watcher), ServiceLifecycleStage.BecomeActive - 1, _ =>
        {
            var silos = services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.Members.Keys;
            var topics = services.GetRequiredService<OrleansTopics>();
            looks.Enqueue(new Known(
                services.GetRequiredService<OrleansFunctions>().Names.IsOffered("f"),
                silos.Sum(silo => topics.Hosted.InterestsOf(silo).Count),
                services.GetRequiredService<CachePart>().Keys.Configured.Length));
            return Task.CompletedTask;
        });
    }
}
