using Grains.Engine;
using Grains.Tests.Contracts;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Tests.Topics;

/// <summary>What has to go when memory is short is told, and what nobody can read any more is not held.</summary>
public sealed class TopicPressureTests
{
    [Fact]
    public async Task A_resume_by_time_is_told_what_the_budget_of_all_logs_took()
    {
        var (_, world) = TopicQueueTests.Start(new TopicOptions { MemoryBytesMax = 20_000 });
        await using var _ = world;
        await world.PublishAsync("a", 0, 3);
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, TopicsUnderTest.To("s", "a"));
        world.Close(first);
        for (var i = 0; i < 60; i++)
            await world.PublishAsync("a", $"\"{new string('x', 1_000)}\"");
        var oldest = (await world.DescribeAsync("a")).FirstOffset;
        Assert.InRange(oldest, 4, 62);

        var reader = await world.SubscribeAsync(
            world.Connect("second"), TopicsUnderTest.To("s", "a") with { Start = StartKind.Resume, StartAtUs = cut.SubscribedAtUs });
        var items = await reader.WaitForAccountOfAsync(60);
        Assert.Equal($"gap 3-{oldest} Retention", DeliveryText.Of(items)[0]);
    }

    [Fact]
    public void A_mark_that_was_forgotten_is_answered_with_an_earlier_offset_and_never_with_none()
    {
        var marks = new TimeMarks();
        for (var at = 10L; at < 110; at++)
            marks.Add(at, at * 2);
        for (var halvings = 0; halvings < 10; halvings++)
        {
            marks.Halve();
            Assert.Null(marks.OffsetAt(9));
            for (var at = 10L; at < 120; at++)
                Assert.InRange(Assert.NotNull(marks.OffsetAt(at)), 20, Math.Min(at, 109) * 2);
            Assert.Equal(218, marks.OffsetAt(109));
        }

        for (var at = 200L; at < 200 + (3 * TimeMarks.MarksMax); at++)
            marks.Add(at, at * 2);
        Assert.Equal(20, marks.OffsetAt(10));
    }

    [Fact]
    public void A_topic_that_ends_again_and_again_waits_once_to_be_read_from_its_log()
    {
        var (subscription, topic, clock) = Lagging(out _);
        for (var i = 0; i < 1_000; i++)
        {
            PublishTwice(subscription, topic, clock);
            Assert.Equal(1, subscription.ReplayCount);
            End(topic, clock);
            Assert.Equal(0, subscription.ReplayCount);
        }
    }

    [Fact]
    public void A_topic_that_ends_after_a_subscription_to_it_has_closed_leaves_nothing_queued()
    {
        var (subscription, topic, clock) = Lagging(out var queues);
        PublishTwice(subscription, topic, clock);
        subscription.Close();
        Assert.Equal(0, queues.All.Used);
        End(topic, clock);
        Assert.Equal(0, queues.All.Used);
    }

    [Fact]
    public async Task Stopped_readers_that_use_up_the_budget_of_the_node_cost_a_reader_within_its_share_nothing()
    {
        var budgets = new TopicBudgetOptions { QueueBytesGuaranteed = 100_000, QueuesBytesMax = 200_000 };
        var (topics, world) = TopicQueueTests.Start(new TopicOptions { Budgets = budgets });
        await using var _ = world;
        for (var i = 0; i < 4; i++)
        {
            var stopped = world.Connect($"stopped{i}");
            await world.StallAsync(stopped);
            await world.SubscribeAsync(stopped, TopicsUnderTest.To("s", "flood") with { Rule = SlowReaderRule.DropOldest });
        }

        for (var i = 0; i < 300; i++)
            await world.PublishAsync("flood", Text(2_000));
        // Four shares and what is shared are full but for less than a message each.
        Assert.InRange(topics.Held.QueuedBytes, 580_000, 610_000);

        var healthy = world.Connect("healthy");
        await world.StallAsync(healthy);
        var reader = await world.SubscribeAsync(healthy, TopicsUnderTest.To("s", "a") with { Rule = SlowReaderRule.DropOldest });
        for (var i = 0; i < 40; i++)
            await world.PublishAsync("a", Text(2_000));
        await world.Connections.ReleaseAsync(healthy);
        Assert.DoesNotContain(await reader.WaitForAccountOfAsync(40), item => item.Gap is not null);
    }

    [Theory]
    [InlineData(SlowReaderRule.DropOldest)]
    [InlineData(SlowReaderRule.DropNewest)]
    [InlineData(SlowReaderRule.KeepLatest)]
    [InlineData(SlowReaderRule.Lag)]
    public async Task Many_subscriptions_of_a_stopped_reader_hold_no_more_than_its_budget_and_one_record(SlowReaderRule rule)
    {
        const int subscriptions = 300;
        const int budget = 1_000_000;
        var (topics, world) = TopicQueueTests.Start(new TopicOptions { Budgets = new TopicBudgetOptions { QueueBytesPerConnectionMax = budget } });
        await using var _ = world;
        var stopped = world.Connect("stopped");
        await world.StallAsync(stopped);
        var readers = new List<RecordedSubscription>();
        for (var i = 0; i < subscriptions; i++)
            readers.Add(await world.SubscribeAsync(stopped, TopicsUnderTest.To($"s{i}", $"t.{i}") with { Rule = rule }));
        for (var i = 0; i < subscriptions; i++)
            await world.PublishAsync($"t.{i}", Text(100_000));

        // Gaps are not refused.
        Assert.InRange(topics.Held.QueuedBytes, budget, budget + 101_000 + (subscriptions * TopicRecord.OverheadBytes));
        await world.Connections.ReleaseAsync(stopped);
        var whole = 0;
        foreach (var reader in readers)
        {
            var item = Assert.Single(await reader.WaitForAccountOfAsync(1));
            whole += item.Record is null ? 0 : 1;
            if (item.Gap is { } gap)
                Assert.Equal((GapReason.SlowReader, 0L, 1L), (gap.Reason, gap.From, gap.To));
        }

        Assert.Equal(rule == SlowReaderRule.Lag ? subscriptions : 10, whole);
        Assert.Equal(0, topics.Held.QueuedBytes);
    }

    private static string Text(int length) => $"\"{new string('x', length)}\"";

    /// <summary>A subscription of a connection without credit, whose queue holds one message, to a topic that is not there yet.</summary>
    private static (Subscription Subscription, TopicState Topic, TopicClock Clock) Lagging(out NodeQueues queues)
    {
        var (options, clock) = (new TopicOptions { QueueMessagesMax = 1 }, new TopicClock(new ManualTime()));
        queues = new NodeQueues(long.MaxValue);
        var connection = new SubscriberConnection(new ConnectionId("c"), new RecordingConnections(), static _ => { }, options.Budgets, queues);
        var subscription = new Subscription(connection, TopicsUnderTest.To("s", "a") with { Rule = SlowReaderRule.Lag }, options);
        subscription.Begin(clock.Next());
        return (subscription, new TopicState("a", new Budget(long.MaxValue)), clock);
    }

    private static void PublishTwice(Subscription subscription, TopicState topic, TopicClock clock)
    {
        var log = topic.Begin(clock.Next(), TopicRetention.Default);
        var feed = subscription.FeedOf(topic)!;
        topic.Readers = [feed];
        for (var i = 0; i < 2; i++)
            feed.Offer(log, log.Append(new TopicMessage("a", Value.Null) { MessageId = "m", Timestamp = 1 }, clock.Next()));
    }

    private static void End(TopicState topic, TopicClock clock) => topic.End(clock.Next());
}
