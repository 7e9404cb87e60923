using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>What readers that do not read can make the node hold: bounded for each topic, each connection and the node, and told exactly.</summary>
public sealed class TopicQueueTests
{
    private static readonly TopicMessage Message = new("a", Value.FromBytes(new byte[1_000])) { MessageId = "m", Timestamp = 1 };
    private static readonly int Cost = TopicRecord.CostOf(Message);

    [Theory]
    [InlineData(SlowReaderRule.Lag)]
    [InlineData(SlowReaderRule.DropOldest)]
    [InlineData(SlowReaderRule.DropNewest)]
    [InlineData(SlowReaderRule.KeepLatest)]
    public async Task A_topic_that_is_deleted_again_and_again_leaves_a_stopped_reader_few_gaps_and_a_whole_account(SlowReaderRule rule)
    {
        var (topics, world) = Start(new TopicOptions());
        await using var _ = world;
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = rule, QueueMessagesMax = 1 });
        var ends = new List<TopicPosition>();
        for (var i = 0; i < 1_000; i++)
        {
            await world.PublishAsync("a", "1");
            ends.Add(After(await world.PublishAsync("a", "2")));
            await world.ExecuteAsync(new TopicCommand("delete", "a"));
        }

        Assert.InRange(topics.Held.QueuedBytes, 1, 34 * 200);
        ends.Add(After(await world.PublishAsync("a", "3")));
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAllAsync(item => After(item) == ends[^1], 1, "the last position");
        Assert.InRange(items.Count, 2, 36);
        Assert.Contains(items, item => item.Gap?.Reason == GapReason.NewEpoch);
        AssertWholeAccount(items, ends);
        Assert.Equal(0, topics.Held.QueuedBytes);
    }

    [Theory]
    [InlineData(SlowReaderRule.DropOldest, 3)]
    [InlineData(SlowReaderRule.DropOldest, 4)]
    [InlineData(SlowReaderRule.DropOldest, 5)]
    [InlineData(SlowReaderRule.DropNewest, 3)]
    [InlineData(SlowReaderRule.DropNewest, 4)]
    [InlineData(SlowReaderRule.DropNewest, 5)]
    public async Task So_many_gaps_in_a_row_are_told_one_by_one_and_the_rest_as_one_GapsInRowMax(SlowReaderRule rule, int gaps)
    {
        var (_, world) = Start(new TopicOptions { Budgets = new TopicBudgetOptions { GapsInRowMax = 3 } });
        await using var _ = world;
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = rule, QueueMessagesMax = 1 });
        var ends = new List<TopicPosition>();
        for (var i = 0; i <= gaps; i++)
        {
            if (i > 0)
                await world.ExecuteAsync(new TopicCommand("delete", "a"));
            ends.Add(After(await world.PublishAsync("a", "1")));
        }

        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAllAsync(item => After(item) == ends[^1], 1, "the last position");
        AssertWholeAccount(items, ends);
        var told = items.Where(item => item.Gap is not null).Select(item => item.Gap!).ToList();
        var missed = rule == SlowReaderRule.DropOldest ? ends[..^1] : ends[1..];
        Assert.Equal(3, told.Count);
        for (var i = 0; i < 2 || (gaps == 3 && i < 3); i++)
            Assert.Equal(new TopicGap(GapReason.SlowReader, missed[i].Epoch, 0, 1, missed[i].Epoch, 1), told[i]);
        if (gaps > 3)
            Assert.Equal(new TopicGap(GapReason.NewEpoch, missed[2].Epoch, 0, -1, missed[^1].Epoch, 1), told[2]);
    }

    [Fact]
    public async Task A_gap_that_has_absorbed_others_goes_on_growing()
    {
        var (_, world) = Start(new TopicOptions { Budgets = new TopicBudgetOptions { GapsInRowMax = 1 } });
        await using var _ = world;
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.DropNewest, QueueMessagesMax = 1 });
        await world.PublishAsync("a", 0, 3);
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        var last = (await world.PublishAsync("a", 0, 5))[^1];
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAllAsync(item => After(item) == After(last), 1, "the last position");
        Assert.Equal(["0", "gap 1- NewEpoch"], DeliveryText.Of(items));
        await world.PublishAsync("a", "5");
        Assert.Equal(["0", "gap 1- NewEpoch", "5"], DeliveryText.Of(await reader.WaitForAsync("5")));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-1, 1)]
    public async Task The_queues_of_a_connection_share_a_budget_QueueBytesPerConnectionMax(int more, int expected)
    {
        var (topics, world) = Start(new TopicOptions { Budgets = new TopicBudgetOptions { QueueBytesPerConnectionMax = (4 * Cost) + more } });
        await using var _ = world;
        var connection = world.Connect("slow");
        await world.StallAsync(connection);
        var first = await world.SubscribeAsync(connection, To("first", "a") with { Rule = SlowReaderRule.DropNewest });
        var second = await world.SubscribeAsync(connection, To("second", "b") with { Rule = SlowReaderRule.DropNewest });
        await PublishAsync(topics, "a", 2);
        await PublishAsync(topics, "b", 3);

        Assert.Equal(((2 + expected) * Cost) + TopicRecord.OverheadBytes, topics.Held.QueuedBytes);
        await world.Connections.ReleaseAsync(connection);
        Assert.DoesNotContain(await first.WaitForAccountOfAsync(2), item => item.Gap is not null);
        Assert.Equal(expected, (await second.WaitForAccountOfAsync(3)).Count(item => item.Record is not null));
        Assert.Equal(0, topics.Held.QueuedBytes);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-1, 1)]
    public async Task The_queues_of_a_node_share_a_budget_and_an_empty_one_takes_a_message_QueuesBytesMax(int more, int expected)
    {
        // One byte of each of the two connections is not shared.
        var budgets = new TopicBudgetOptions { QueueBytesGuaranteed = 1, QueuesBytesMax = (4 * Cost) + TopicRecord.OverheadBytes - 2 + more };
        var (topics, world) = Start(new TopicOptions { Budgets = budgets });
        await using var _ = world;
        var (one, two) = (world.Connect("one"), world.Connect("two"));
        await world.StallAsync(one);
        await world.StallAsync(two);
        await world.SubscribeAsync(one, To("s", "a") with { Rule = SlowReaderRule.DropOldest });
        var second = await world.SubscribeAsync(two, To("s", "b") with { Rule = SlowReaderRule.DropOldest });
        var third = await world.SubscribeAsync(two, To("t", "c") with { Rule = SlowReaderRule.DropOldest });
        await PublishAsync(topics, "a", 2);
        await PublishAsync(topics, "b", 3);
        Assert.Equal(((2 + expected) * Cost) + TopicRecord.OverheadBytes, topics.Held.QueuedBytes);
        await PublishAsync(topics, "c", 2);

        Assert.Equal(((3 + expected) * Cost) + (2 * TopicRecord.OverheadBytes), topics.Held.QueuedBytes);
        world.Close(one);
        Assert.Equal(((1 + expected) * Cost) + (2 * TopicRecord.OverheadBytes), topics.Held.QueuedBytes);
        await world.Connections.ReleaseAsync(two);
        Assert.Equal(expected, (await second.WaitForAccountOfAsync(3)).Count(item => item.Record is not null));
        Assert.Equal(["gap 0-1 SlowReader", Message.Payload.ToString()], DeliveryText.Of(await third.WaitForAccountOfAsync(2)));
        Assert.Equal(0, topics.Held.QueuedBytes);
    }

    [Fact]
    public async Task A_lagging_reader_whose_connection_may_queue_next_to_nothing_misses_nothing()
    {
        var (topics, world) = Start(new TopicOptions { Budgets = new TopicBudgetOptions { QueueBytesPerConnectionMax = 1 } });
        await using var _ = world;
        var (connection, reader) = await StalledAsync(world, To("s", "t.*") with { Rule = SlowReaderRule.Lag });
        await world.PublishAsync("t.a", 0, 100);
        await world.PublishAsync("t.b", 0, 100);
        Assert.InRange(topics.Held.QueuedBytes, 1, 200);
        await world.Connections.ReleaseAsync(connection);
        Assert.DoesNotContain(await reader.WaitAsync(200), item => item.Gap is not null);
        Assert.Equal(0, topics.Held.QueuedBytes);
    }

    [Fact]
    public async Task What_waits_of_topics_that_are_forgotten_still_counts_as_topics_of_the_connection()
    {
        var (topics, world) = Start(new TopicOptions { Budgets = new TopicBudgetOptions { FeedsPerConnectionMax = 4 } });
        await using var _ = world;
        var (connection, reader) = await StalledAsync(world, To("s", "t.*") with { Rule = SlowReaderRule.DropOldest, QueueMessagesMax = 1 });
        for (var i = 0; i < 3; i++)
        {
            await world.PublishAsync($"t.{i}", $"{i}");
            await world.ExecuteAsync(new TopicCommand("delete", $"t.{i}"));
            world.Time.Advance(TimeSpan.FromHours(2));
        }

        // The topic that stalled the reader and three with something to tell; the next is one too many.
        await world.PublishAsync("t.3", "3");
        Assert.Equal(ErrorCode.TooManySubscriptions, (await reader.WaitForEndAsync()).Code);
        Assert.Equal(0, topics.Held.QueuedBytes);
        var again = await world.SubscribeAsync(connection, To("s", "t.*"));
        await world.Connections.ReleaseAsync(connection);
        for (var i = 0; i < 10; i++)
        {
            await world.PublishAsync($"u.{i}", "0");
            await world.PublishAsync($"t.{i}", $"{i}");
            await again.WaitForAsync($"{i}");
            await world.ExecuteAsync(new TopicCommand("delete", $"t.{i}"));
            world.Time.Advance(TimeSpan.FromHours(2));
        }
    }

    private static SubscribeCommand To(string id, string pattern) => TopicsUnderTest.To(id, pattern);

    internal static (LocalTopics Topics, TopicsUnderTest World) Start(TopicOptions options)
    {
        var (time, connections) = (new ManualTime(), new RecordingConnections());
        var topics = new LocalTopics(options, time, connections);
        var world = new TopicsUnderTest(
            topics,
            time,
            connections,
            connection => topics.OpenConnection(connection, new ConnectionInfo("test", "in-process", "")),
            topics.CloseConnection,
            () =>
            {
                topics.Dispose();
                return ValueTask.CompletedTask;
            });
        return (topics, world);
    }

    private static async Task<(ConnectionId Connection, RecordedSubscription Reader)> StalledAsync(TopicsUnderTest world, SubscribeCommand command)
    {
        var connection = world.Connect("slow");
        await world.StallAsync(connection);
        return (connection, await world.SubscribeAsync(connection, command));
    }

    private static async Task PublishAsync(LocalTopics topics, string topic, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(ErrorCode.None, (await topics.PublishAsync(default, Message with { Topic = topic })).Error);
    }

    private static TopicPosition After(PublishReply reply) => new(reply.Epoch, reply.Offset + 1);

    private static TopicPosition After(in Delivery item) => StressModel.After(item);

    /// <summary>Each delivery begins where the one before ended, or at the beginning of the epoch after the one whose end that was.</summary>
    private static void AssertWholeAccount(IReadOnlyList<Delivery> items, List<TopicPosition> ends)
    {
        TopicPosition at = new(ends[0].Epoch, 0);
        foreach (var item in items)
        {
            if (ends.IndexOf(at) is var ended and >= 0)
                at = new TopicPosition(ends[ended + 1].Epoch, 0);
            Assert.Equal(at, new TopicPosition(item.Epoch, item.Gap?.From ?? item.Record!.Offset));
            at = After(item);
        }

        Assert.Equal(ends[^1], at);
    }
}
