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
        Assert.Equal(0, queues.Used);
        End(topic, clock);
        Assert.Equal(0, queues.Used);
    }

    /// <summary>A subscription of a connection without credit, whose queue holds one message, to a topic that is not there yet.</summary>
    private static (Subscription Subscription, TopicState Topic, TopicClock Clock) Lagging(out Budget queues)
    {
        var (options, clock) = (new TopicOptions { QueueMessagesMax = 1 }, new TopicClock(new ManualTime()));
        queues = new Budget(long.MaxValue);
        var connection = new SubscriberConnection(new ConnectionId("c"), new RecordingConnections(), static _ => { }, options.Budgets, queues);
        var subscription = new Subscription(connection, TopicsUnderTest.To("s", "a") with { Rule = SlowReaderRule.Lag }, options);
        subscription.Begin(clock);
        return (subscription, new TopicState("a", new Budget(long.MaxValue)), clock);
    }

    private static void PublishTwice(Subscription subscription, TopicState topic, TopicClock clock)
    {
        var log = topic.Begin(clock.Next(), TopicRetention.Default);
        var feed = subscription.FeedOf(topic)!;
        topic.Feeds = [feed];
        for (var i = 0; i < 2; i++)
            feed.Offer(log, log.Append(new TopicMessage("a", Value.Null) { MessageId = "m", Timestamp = 1 }, clock.Next()));
    }

    private static void End(TopicState topic, TopicClock clock) => topic.End(clock.Next());
}
