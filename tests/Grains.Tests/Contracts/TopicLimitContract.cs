using System.Collections.Immutable;
using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>Each limit of topics at the limit and one past it, with its error; and that what was refused left nothing behind.</summary>
public abstract class TopicLimitContract : TopicContract
{
    [Fact]
    public async Task A_topics_name_is_limited_in_characters()
    {
        await using var world = Start(new TopicOptions { TopicCharsMax = 10 });
        await world.PublishAsync(new string('a', 10), "1");
        await world.CreateAsync(new string('b', 10));
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.PublishAsync(default, Message(new string('a', 11)))).Error);
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.ExecuteAsync(new TopicCommand("create", new string('b', 11)))).Error);
        Assert.Equal(2, (await world.ExecuteAsync(new TopicCommand("list", ""))).Topics.Length);
    }

    [Fact]
    public async Task A_pattern_is_limited_in_characters()
    {
        await using var world = Start(new TopicOptions { TopicCharsMax = 10 });
        var connection = world.Connect("c");
        await world.SubscribeAsync(connection, To("s", new string('a', 10)));
        var refused = await world.Topics.SubscribeAsync(connection, To("t", "ok", new string('a', 11)));
        Assert.Equal(ErrorCode.InvalidName, refused.Error);
        Assert.NotEmpty(refused.Message!);
        Assert.Equal(0, (await world.PublishAsync("ok", "1")).Receivers);
    }

    [Fact]
    public async Task The_default_limit_of_a_name_is_1024_characters()
    {
        await using var world = Start();
        await world.PublishAsync(new string('a', 1_024), "1");
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.PublishAsync(default, Message(new string('a', 1_025)))).Error);
    }

    [Fact]
    public async Task Names_must_not_be_empty()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.PublishAsync(default, Message(""))).Error);
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.ExecuteAsync(new TopicCommand("create", ""))).Error);
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.SubscribeAsync(connection, To("s", ""))).Error);
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.SubscribeAsync(connection, To("", "a"))).Error);
    }

    [Fact]
    public async Task A_subscription_id_is_limited_in_characters()
    {
        await using var world = Start(new TopicOptions { TopicCharsMax = 10 });
        var connection = world.Connect("c");
        await world.SubscribeAsync(connection, To(new string('s', 10), "a"));
        Assert.Equal(ErrorCode.InvalidName, (await world.Topics.SubscribeAsync(connection, To(new string('s', 11), "a"))).Error);
    }

    [Theory]
    [InlineData(1, ErrorCode.None)]
    [InlineData(255, ErrorCode.None)]
    [InlineData(0, ErrorCode.InvalidArgument)]
    [InlineData(256, ErrorCode.InvalidArgument)]
    public async Task An_op_id_has_1_to_255_characters(int chars, ErrorCode expected)
    {
        await using var world = Start();
        await world.CreateAsync("a");
        var opId = new string('x', chars);
        Assert.Equal(expected, (await world.Topics.PublishAsync(default, Message("a"), opId)).Error);
        Assert.Equal(expected == ErrorCode.None ? 1 : 0, (await world.DescribeAsync("a")).NextOffset);
        var trim = new TopicCommand("trim", "a") { Before = 0, OpId = opId + opId };
        Assert.Equal(chars == 1 ? ErrorCode.None : ErrorCode.InvalidArgument, (await world.Topics.ExecuteAsync(trim)).Error);
    }

    [Theory]
    [InlineData(255, ErrorCode.None)]
    [InlineData(256, ErrorCode.InvalidArgument)]
    public async Task The_names_in_a_message_have_255_characters_at_most_TextCharsMax(int chars, ErrorCode expected)
    {
        await using var world = Start();
        await world.CreateAsync("a");
        var text = new string('x', chars);
        Assert.Equal(expected, (await world.Topics.PublishAsync(default, Message("a") with { MessageId = text })).Error);
        Assert.Equal(expected, (await world.Topics.PublishAsync(default, Message("a") with { Publisher = text })).Error);
        Assert.Equal(expected == ErrorCode.None ? 2 : 0, (await world.DescribeAsync("a")).NextOffset);
    }

    [Theory]
    [InlineData(255, ErrorCode.None)]
    [InlineData(256, ErrorCode.InvalidArgument)]
    public async Task A_subscriber_has_255_characters_at_most_TextCharsMax(int chars, ErrorCode expected)
    {
        await using var world = Start();
        var command = To("s", "a") with { Subscriber = new string('x', chars) };
        Assert.Equal(expected, (await world.Topics.SubscribeAsync(world.Connect("c"), command)).Error);
        Assert.Equal(expected == ErrorCode.None ? 1 : 0, (await world.PublishAsync("a", "1")).Receivers);
    }

    [Fact]
    public async Task What_a_connection_resumes_is_limited_in_number_and_a_replaced_subscription_counts_once_ResumeTopicsPerConnectionMax()
    {
        await using var world = Start(new TopicOptions { Budgets = new TopicBudgetOptions { ResumeTopicsPerConnectionMax = 3 } });
        var connection = world.Connect("c");
        SubscribeCommand Resuming(string id, int topics) => To(id, "t.*") with
        {
            Start = StartKind.Resume,
            Resume = Enumerable.Range(0, topics).ToImmutableDictionary(i => $"t.{i}", _ => new TopicPosition(1, 1)),
        };
        Assert.Equal(ErrorCode.TooManySubscriptions, (await world.Topics.SubscribeAsync(connection, Resuming("s", 4))).Error);
        Assert.Equal(ErrorCode.None, (await world.Topics.SubscribeAsync(connection, Resuming("s", 3))).Error);
        Assert.Equal(ErrorCode.None, (await world.Topics.SubscribeAsync(connection, Resuming("s", 2))).Error);
        Assert.Equal(ErrorCode.TooManySubscriptions, (await world.Topics.SubscribeAsync(connection, Resuming("t", 2))).Error);
        Assert.Equal(ErrorCode.None, (await world.Topics.SubscribeAsync(connection, Resuming("t", 1))).Error);
        Assert.Equal(ErrorCode.None, (await world.Topics.SubscribeAsync(world.Connect("other"), Resuming("s", 3))).Error);
    }

    [Theory]
    [InlineData(10, ErrorCode.None)]
    [InlineData(11, ErrorCode.InvalidName)]
    public async Task A_topic_that_is_resumed_has_a_topics_name(int chars, ErrorCode expected)
    {
        await using var world = Start(new TopicOptions { TopicCharsMax = 10 });
        var resume = To("s", "a") with
        {
            Start = StartKind.Resume,
            Resume = ImmutableDictionary<string, TopicPosition>.Empty.Add(new string('x', chars), new TopicPosition(1, 1)),
        };
        Assert.Equal(expected, (await world.Topics.SubscribeAsync(world.Connect("c"), resume)).Error);
    }

    [Fact]
    public async Task A_connections_subscriptions_match_so_many_topics_FeedsPerConnectionMax()
    {
        await using var world = Start(new TopicOptions { Budgets = new TopicBudgetOptions { FeedsPerConnectionMax = 4 } });
        var connection = world.Connect("c");
        foreach (var topic in new[] { "t.0", "t.1", "t.2", "u.0", "u.1" })
            await world.PublishAsync(topic, "0");
        var refused = await world.Topics.SubscribeAsync(connection, To("s", "#"));
        Assert.Equal(ErrorCode.TooManySubscriptions, refused.Error);
        Assert.NotEmpty(refused.Message!);
        var first = await world.SubscribeAsync(connection, To("s", "t.*"));
        Assert.Equal(ErrorCode.TooManySubscriptions, (await world.Topics.SubscribeAsync(connection, To("s", "#"))).Error);
        Assert.Equal(ErrorCode.TooManySubscriptions, (await world.Topics.SubscribeAsync(connection, To("t", "u.*"))).Error);
        await world.PublishAsync("t.0", "1");
        Assert.Equal(["1"], Texts(await first.WaitAsync(1)));
        Assert.True((await world.AcknowledgedAsync(connection, To("s", "u.*"))).Replaced);
        await world.SubscribeAsync(connection, To("t", "u.*"));
        await world.SubscribeAsync(world.Connect("other"), To("t", "t.*"));
    }

    [Fact]
    public async Task A_topic_too_many_that_comes_later_ends_the_subscription()
    {
        await using var world = Start(new TopicOptions { Budgets = new TopicBudgetOptions { FeedsPerConnectionMax = 2 } });
        var (connection, other) = (world.Connect("c"), world.Connect("other"));
        var few = await world.SubscribeAsync(connection, To("few", "t.*"));
        var elsewhere = await world.SubscribeAsync(other, To("s", "t.2"));
        await world.PublishAsync("t.0", "0");
        await world.PublishAsync("t.1", "1");
        await few.WaitAsync(2);
        await world.PublishAsync("t.2", "2");
        var (code, message) = await few.WaitForEndAsync();
        Assert.Equal(ErrorCode.TooManySubscriptions, code);
        Assert.NotEmpty(message);
        Assert.Equal(["2"], Texts(await elsewhere.WaitAsync(1)));
        Assert.False(await world.Topics.UnsubscribeAsync(connection, "few"));
        var again = await world.SubscribeAsync(connection, To("again", "t.0", "t.1"));
        await world.PublishAsync("t.0", "3");
        Assert.Equal(["3"], Texts(await again.WaitAsync(1)));
    }

    [Fact]
    public async Task A_connection_that_is_not_open_cannot_subscribe()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        world.Close(connection);
        Assert.Equal(ErrorCode.ConnectionNotFound, (await world.Topics.SubscribeAsync(connection, To("s", "a"))).Error);
        Assert.Equal(ErrorCode.ConnectionNotFound, (await world.Topics.SubscribeAsync(new ConnectionId("never"), To("s", "a"))).Error);
        Assert.Equal(0, (await world.PublishAsync("a", "1")).Receivers);
    }

    [Fact]
    public async Task Pieces_of_nothing_are_refused()
    {
        await using var world = Start();
        await world.PublishAsync("a", "1");
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.ReadAsync(new ReadCommand("a", 0, 0, MessagesMax: 0))).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.ReadAsync(new ReadCommand("a", 0, 0, BytesMax: 0))).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.ExecuteAsync(new TopicCommand("list", "") { Limit = 0 })).Error);
    }

    [Fact]
    public virtual async Task Topics_are_limited_in_number()
    {
        await using var world = Start(new TopicOptions { TopicsMax = 3 });
        await world.PublishAsync("a", "1");
        await world.CreateAsync("b");
        await world.PublishAsync("c", "1");
        Assert.Equal(ErrorCode.TooManyTopics, (await world.Topics.PublishAsync(default, Message("d"))).Error);
        Assert.Equal(ErrorCode.TooManyTopics, (await world.Topics.ExecuteAsync(new TopicCommand("create", "d"))).Error);
        await world.PublishAsync("a", "2");
        await world.ExecuteAsync(new TopicCommand("delete", "b"));
        await world.PublishAsync("d", "1");
        Assert.Equal(ErrorCode.TooManyTopics, (await world.Topics.PublishAsync(default, Message("e"))).Error);
    }

    [Fact]
    public async Task A_connections_subscriptions_are_limited_in_number()
    {
        await using var world = Start(new TopicOptions { SubscriptionsPerConnectionMax = 3 });
        var (connection, other) = (world.Connect("c"), world.Connect("other"));
        for (var number = 0; number < 3; number++)
            await world.SubscribeAsync(connection, To($"s{number}", "a"));
        Assert.Equal(ErrorCode.TooManySubscriptions, (await world.Topics.SubscribeAsync(connection, To("s3", "a"))).Error);
        Assert.Equal(3, (await world.PublishAsync("a", "1")).Receivers);
        Assert.True((await world.AcknowledgedAsync(connection, To("s2", "b"))).Replaced);
        await world.SubscribeAsync(other, To("s3", "a"));
        Assert.True(await world.Topics.UnsubscribeAsync(connection, "s0"));
        await world.SubscribeAsync(connection, To("s3", "a"));
    }

    [Fact]
    public async Task A_subscriptions_patterns_are_limited_in_number()
    {
        await using var world = Start(new TopicOptions { PatternsPerSubscriptionMax = 3 });
        var connection = world.Connect("c");
        await world.SubscribeAsync(connection, To("s", "a", "b", "c"));
        var refused = await world.Topics.SubscribeAsync(connection, To("t", "a", "b", "c", "d"));
        Assert.Equal(ErrorCode.InvalidArgument, refused.Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.SubscribeAsync(connection, To("t"))).Error);
        Assert.Equal(1, (await world.PublishAsync("a", "1")).Receivers);
    }

    [Fact]
    public async Task A_refused_replacement_leaves_the_subscription_as_it_was()
    {
        await using var world = Start(new TopicOptions { PatternsPerSubscriptionMax = 1 });
        var connection = world.Connect("c");
        var reader = await world.SubscribeAsync(connection, To("s", "a"));
        Assert.NotEqual(ErrorCode.None, (await world.Topics.SubscribeAsync(connection, To("s", "b", "c"))).Error);
        await world.PublishAsync("a", "1");
        Assert.Equal(["1"], Texts(await reader.WaitAsync(1)));
    }

    [Fact]
    public async Task A_queue_may_be_asked_to_be_shorter_than_the_limit_but_not_longer()
    {
        await using var world = Start(new TopicOptions { QueueMessagesMax = 5 });
        var connection = world.Connect("c");
        await world.StallAsync(connection);
        var asked = await world.SubscribeAsync(connection, To("asked", "a") with { QueueMessagesMax = 2 });
        var plain = await world.SubscribeAsync(connection, To("plain", "a"));
        var greedy = await world.SubscribeAsync(connection, To("greedy", "a") with { QueueMessagesMax = 1_000 });
        await world.PublishAsync("a", 0, 10);
        await world.Connections.ReleaseAsync(connection);
        Assert.Equal(["gap 0-8 SlowReader", "8", "9"], Texts(await asked.WaitForAsync("9")));
        Assert.Equal(["gap 0-5 SlowReader", "5", "6", "7", "8", "9"], Texts(await plain.WaitForAsync("9")));
        Assert.Equal(["gap 0-5 SlowReader", "5", "6", "7", "8", "9"], Texts(await greedy.WaitForAsync("9")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_queue_of_nothing_is_refused(int messages)
    {
        await using var world = Start();
        var command = To("s", "a") with { QueueMessagesMax = messages };
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.SubscribeAsync(world.Connect("c"), command)).Error);
    }

    [Fact]
    public async Task A_retention_that_makes_no_sense_is_refused()
    {
        await using var world = Start();
        foreach (var retention in new[]
        {
            new TopicRetention { MessagesMax = -1 }, new TopicRetention { BytesMax = -1 }, new TopicRetention { AgeMax = TimeSpan.FromSeconds(-1) },
        })
        {
            var reply = await world.Topics.ExecuteAsync(new TopicCommand("create", "a") { Retention = retention });
            Assert.Equal(ErrorCode.InvalidArgument, reply.Error);
            Assert.NotEmpty(reply.Message!);
        }

        Assert.Empty((await world.ExecuteAsync(new TopicCommand("list", ""))).Topics);
    }

    [Fact]
    public async Task A_trim_without_an_offset_is_refused()
    {
        await using var world = Start();
        await world.PublishAsync("a", "1");
        Assert.Equal(ErrorCode.InvalidArgument, (await world.Topics.ExecuteAsync(new TopicCommand("trim", "a"))).Error);
        Assert.Equal(0, (await world.DescribeAsync("a")).FirstOffset);
    }

    [Fact]
    public async Task A_cursor_that_no_list_gave_costs_nothing()
    {
        await using var world = Start();
        await world.PublishAsync("a", "1");
        var reply = await world.Topics.ExecuteAsync(new TopicCommand("list", "") { Cursor = "\u0000?" });
        Assert.Contains(reply.Error, new[] { ErrorCode.None, ErrorCode.InvalidArgument });
        Assert.Single((await world.ExecuteAsync(new TopicCommand("list", ""))).Topics);
    }

    private static TopicMessage Message(string topic) => new(topic, Value.Json("1"));
}
