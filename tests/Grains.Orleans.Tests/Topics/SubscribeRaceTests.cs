using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Orleans.Tests.Topics;

/// <summary>Where a subscription begins is one cut through the logs of all silos, also while everybody publishes.</summary>
public sealed class SubscribeRaceTests
{
    private const int Rounds = 40;

    [Fact]
    public async Task A_subscription_that_begins_while_others_publish_gets_everything_from_its_beginning_on_and_nothing_before()
    {
        // Nothing may be missing for a reason of its own.
        await using var world = TopicCluster.Start(new TopicOptions
        {
            QueueMessagesMax = 1_000_000,
            DefaultRetention = new TopicRetention { MessagesMax = 1_000_000, BytesMax = 1L << 30 },
        });
        using var stopping = new CancellationTokenSource();
        string[] topics = ["race.0", "race.1", "race.2", "race.3"];
        var publishing = topics.Select(topic => Task.Run(async () =>
        {
            for (var number = 0; !stopping.IsCancellationRequested; number++)
                await world.PublishAsync(topic, $"{number}");
        })).ToArray();
        var connections = new[] { "a", "b" }.Select(world.Connect).ToArray();
        for (var round = 0; round < Rounds; round++)
            await CheckAsync(world, connections[round % 2], $"s{round}", round % 3 == 0 ? "race.0" : "race.*");
        await stopping.CancelAsync();
        await Task.WhenAll(publishing).WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
    }

    private static async Task CheckAsync(TopicsUnderTest world, ConnectionId connection, string id, string pattern)
    {
        var beginsAtUs = (await world.AcknowledgedAsync(connection, TopicsUnderTest.To(id, pattern))).SubscribedAtUs;
        await world.Topics.ActivateAsync(connection, id);
        var items = await world.Connections.Of(connection, id).WaitAsync(30);
        Assert.True(await world.Topics.UnsubscribeAsync(connection, id));
        Assert.All(items, item => Assert.Null(item.Gap));
        foreach (var topic in items.GroupBy(item => item.Topic))
        {
            var records = topic.Select(item => item.Record!).ToArray();
            Assert.Equal(Enumerable.Range(0, records.Length).Select(i => records[0].Offset + i), records.Select(record => record.Offset));
            Assert.InRange(records[0].AppendedAtUs, beginsAtUs, long.MaxValue);
            if (records[0].Offset == 0)
                continue;
            var before = await world.Topics.ReadAsync(new ReadCommand(topic.Key, 0, records[0].Offset - 1, MessagesMax: 1));
            Assert.InRange(Assert.Single(before.Records).AppendedAtUs, 0, beginsAtUs - 1);
        }
    }
}
