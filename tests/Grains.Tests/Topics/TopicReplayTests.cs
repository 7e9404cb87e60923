using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>What the Local engine does beyond the contract: it merges the logs of a pattern's topics by time.</summary>
public sealed class TopicReplayTests
{
    [Fact]
    public async Task Old_messages_of_several_topics_come_in_the_order_in_which_they_were_appended()
    {
        await using var connections = new RecordingConnections();
        using var topics = new LocalTopics(new TopicOptions(), new ManualTime(), connections);
        connections.Attach(topics);
        var connection = new ConnectionId("c");
        topics.OpenConnection(connection, new ConnectionInfo("test", "in-process", ""));
        var random = new Random(7);
        for (var number = 0; number < 500; number++)
            await topics.PublishAsync(default, new TopicMessage($"t.{random.Next(5)}", Value.Json($"{number}")));
        await topics.SubscribeAsync(connection, new SubscribeCommand("s", [new TopicPattern("t.*")]) { Start = StartKind.Offset });
        await topics.ActivateAsync(connection, "s");
        var items = await connections.Of(connection, "s").WaitAsync(500);
        Assert.Equal(Enumerable.Range(0, 500), items.Select(item => item.Record!.Message.Payload.As<int>()));
    }
}
