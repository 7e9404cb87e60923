using Grains.Engine;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Orleans.Tests.Topics;

/// <summary>What a silo that has joined knows of another one's subscriptions.</summary>
public sealed class ToldInterestsTests
{
    [Fact]
    public async Task A_subscription_that_ended_while_a_silo_joined_is_not_counted_there()
    {
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections());
        var (first, second) = (silos.Cluster.Silos[0], silos.Cluster.Silos[1]);
        var interests = first.ServiceProvider.GetRequiredService<OrleansTopics>().Interests;
        var hosted = second.ServiceProvider.GetRequiredService<HostedTopics>();
        var connection = new ConnectionId("c");
        await silos.Engines[0].OpenAsync(connection, new ConnectionInfo("test", "in-process", ""));
        foreach (var id in new[] { "ends", "stays" })
            Assert.Equal(ErrorCode.None, (await silos.Engines[0].Topics.SubscribeAsync(connection, Subscribe(id))).Error);
        Assert.Equal(2, Receivers());
        // As it is for a silo that has asked before the end, and was not told of it since it was not there yet.
        var ended = Assert.Single(interests.PageAfter(0)[..1]);
        await silos.Engines[0].Topics.UnsubscribeAsync(connection, "ends");
        Assert.Equal(1, Receivers());
        hosted.Enter(first.SiloAddress, ended);
        Assert.Equal(2, Receivers());

        await interests.TellAsync(second.SiloAddress, static _ => Task.CompletedTask);
        Assert.Equal(1, Receivers());

        await silos.Engines[0].Topics.UnsubscribeAsync(connection, "stays");
        hosted.Enter(first.SiloAddress, ended);
        await interests.TellAsync(second.SiloAddress, static _ => Task.CompletedTask);
        Assert.Equal(0, Receivers());

        long Receivers() => hosted.Host.Publish(default, new TopicMessage("a", Value.Null), null).Receivers;
    }

    [Fact]
    public async Task A_subscription_of_a_number_that_has_not_been_told_yet_stays()
    {
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), new RecordingConnections());
        var hosted = silos.Cluster.Silos[1].ServiceProvider.GetRequiredService<HostedTopics>();
        var silo = silos.Cluster.Silos[0].SiloAddress;
        Interest[] all = [.. Enumerable.Range(1, 4).Select(id => new Interest(id, [new TopicPattern("a")]))];
        foreach (var interest in all)
            hosted.Enter(silo, interest);
        hosted.Learn(silo, [all[1]], from: 1, to: 3);
        Assert.Equal(3, hosted.Host.Publish(default, new TopicMessage("a", Value.Null), null).Receivers);
    }

    [Fact]
    public async Task What_was_published_at_a_silo_that_did_not_know_of_a_subscription_yet_is_delivered_when_it_is_told()
    {
        var connections = new RecordingConnections();
        await using var silos = await TwoSilos.StartAsync(new EngineSettings(), new ManualTime(), connections);
        var (first, second) = (silos.Cluster.Silos[0], silos.Cluster.Silos[1]);
        var topics = first.ServiceProvider.GetRequiredService<OrleansTopics>();
        var hosted = second.ServiceProvider.GetRequiredService<HostedTopics>();
        var connection = new ConnectionId("c");
        await silos.Engines[0].OpenAsync(connection, new ConnectionInfo("test", "in-process", ""));
        var subscribe = new SubscribeCommand("s", [new TopicPattern("topic.*")]);
        Assert.Equal(ErrorCode.None, (await silos.Engines[0].Topics.SubscribeAsync(connection, subscribe)).Error);
        await silos.Engines[0].Topics.ActivateAsync(connection, "s");
        hosted.Leave(first.SiloAddress, Assert.Single(topics.Interests.PageAfter(0)).Id);
        // Enough that some are at the second silo.
        string[] names = [.. Enumerable.Range(10, 20).Select(i => $"topic.{i}")];
        foreach (var name in names)
            Assert.Equal(ErrorCode.None, (await silos.Engines[1].Topics.PublishAsync(default, new TopicMessage(name, Value.Null))).Error);
        Assert.Contains(names, hosted.Has);

        await topics.JoinedAsync(second.SiloAddress);
        var delivered = await connections.Of(connection, "s").WaitAsync(names.Length);
        Assert.Equal(names, delivered.Select(item => item.Record?.Message.Topic).Order(StringComparer.Ordinal));
    }

    private static SubscribeCommand Subscribe(string id) => new(id, [new TopicPattern("a")]);
}
