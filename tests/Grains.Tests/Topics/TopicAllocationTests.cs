using Grains.Engine;
using Grains.Local;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>What a publish may allocate: the record that the log keeps, its id and its reply; nothing for each subscription.</summary>
public sealed class TopicAllocationTests
{
    private const int Subscriptions = 100;
    private const int Publishes = 2_000;

    [Theory]
    [InlineData("exact")]
    [InlineData("pattern")]
    public void A_steady_publish_to_a_hundred_subscriptions_allocates_the_record_and_the_reply(string kind)
    {
        var connections = new ForgettingConnections();
        using var topics = new LocalTopics(new TopicOptions(), TimeProvider.System, connections);
        for (var i = 0; i < Subscriptions; i++)
            Subscribe(topics, new ConnectionId($"c{i % 10}"), $"s{i}", kind == "exact" ? "orders.eu" : "orders.*", isFirst: i < 10);
        var message = new TopicMessage("orders.eu", Value.Json("1")) { MessageId = "m", Timestamp = 1 };
        var perPublish = BytesPerPublish(topics, message);
        Assert.True(connections.Count >= (long)Subscriptions * Publishes, $"only {connections.Count} deliveries");
        Assert.InRange(perPublish, 0, 1_024);
    }

    [Fact]
    public void A_publish_that_nobody_reads_allocates_no_more()
    {
        using var topics = new LocalTopics(new TopicOptions(), TimeProvider.System, new ForgettingConnections());
        Assert.InRange(BytesPerPublish(topics, new TopicMessage("orders.eu", Value.Json("1")) { MessageId = "m", Timestamp = 1 }), 0, 512);
    }

    private static void Subscribe(LocalTopics topics, ConnectionId connection, string id, string pattern, bool isFirst)
    {
        if (isFirst)
            topics.OpenConnection(connection, new ConnectionInfo("test", "in-process", ""));
        Assert.Equal(ErrorCode.None, Ended(topics.SubscribeAsync(connection, new SubscribeCommand(id, [new TopicPattern(pattern)]))).Error);
        Ended(topics.ActivateAsync(connection, id));
    }

    /// <summary>Publishes and gives the connections their credit back, first to warm up and then measured.</summary>
    private static long BytesPerPublish(LocalTopics topics, TopicMessage message)
    {
        Publish(topics, message, Publishes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Publish(topics, message, Publishes);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Publishes;
    }

    private static void Publish(LocalTopics topics, TopicMessage message, int count)
    {
        var connections = Enumerable.Range(0, 10).Select(i => new ConnectionId($"c{i}")).ToArray();
        for (var i = 0; i < count; i++)
        {
            if (Ended(topics.PublishAsync(default, message)).Error != ErrorCode.None)
                Assert.Fail("refused");
            foreach (var connection in connections)
                Ended(topics.GrantAsync(connection, 10 * (TopicRecord.OverheadBytes + 11)));
        }
    }

    /// <summary>The Local engine ends topic calls synchronously; anything else would break the measurement.</summary>
    private static T Ended<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.Result;
    }

    private static void Ended(ValueTask task) => Assert.True(task.IsCompletedSuccessfully);

    private sealed class ForgettingConnections : IConnections
    {
        public long Count { get; private set; }

        public void Deliver(ConnectionId connection, in DeliveryBatch batch) => Count += batch.Items.Length;

        public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) =>
            throw new InvalidOperationException($"{subscriptionId} was ended: {message}");

        public bool Invoke(ConnectionId provider, Invocation invocation) => false;

        public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason)
        {
        }

        public void Report(ConnectionId caller, string callId, Value item)
        {
        }
    }
}
