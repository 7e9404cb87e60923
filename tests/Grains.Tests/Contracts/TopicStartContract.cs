using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>Where subscriptions start, and that what is old joins what is new with nothing missing and nothing twice.</summary>
public abstract class TopicStartContract : TopicContract
{
    [Fact]
    public async Task Nothing_comes_before_activation_and_then_the_backlog_comes_first()
    {
        await using var world = Start();
        var (connection, witness) = (world.Connect("c"), world.Connect("witness"));
        var witnessed = await world.SubscribeAsync(witness, To("w", "a"));
        await world.PublishAsync("a", 0, 3);
        await world.AcknowledgedAsync(connection, From("s", 0, "a"));
        await world.PublishAsync("a", 3, 5);
        await witnessed.WaitForAsync("4");
        var reader = world.Connections.Of(connection, "s");
        Assert.Empty(reader.Items);

        await world.Topics.ActivateAsync(connection, "s");
        await world.PublishAsync("a", 5, 7);
        var items = await reader.WaitForAsync("6");
        Assert.Equal(Numbers(0, 7), Texts(items));
        Assert.Equal([true, true, true, false, false, false, false], items.Select(item => item.Backlog));
    }

    [Fact]
    public async Task New_starts_with_the_first_message_after_the_acknowledgement()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        await world.PublishAsync("a", 0, 3);
        var acknowledged = await world.AcknowledgedAsync(connection, To("s", "a"));
        var between = await world.PublishAsync("a", "3");
        await world.Topics.ActivateAsync(connection, "s");
        await world.PublishAsync("a", "4");
        var items = await world.Connections.Of(connection, "s").WaitForAsync("4");
        Assert.Equal(["3", "4"], Texts(items));
        Assert.DoesNotContain(items, item => item.Backlog);
        Assert.True(between.AppendedAtUs > acknowledged.SubscribedAtUs);
    }

    [Fact]
    public async Task Last_starts_with_the_last_message_of_each_topic()
    {
        await using var world = Start();
        await world.PublishAsync("t.a", 0, 3);
        await world.PublishAsync("t.b", 10, 12);
        await world.CreateAsync("t.empty");
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "t.*") with { Start = StartKind.Last });
        await world.PublishAsync("t.a", "3");
        await world.PublishAsync("t.empty", "20");
        await world.PublishAsync("t.new", "30");
        var items = await reader.WaitAsync(5);
        Assert.Equal(["2", "3"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["11"], Texts(OfTopic(items, "t.b")));
        Assert.Equal(["20"], Texts(OfTopic(items, "t.empty")));
        Assert.Equal(["30"], Texts(OfTopic(items, "t.new")));
        Assert.Equal(["2", "11"], Texts(items.Where(item => item.Backlog)).OrderBy(text => text.Length));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 5)]
    [InlineData(-1, 4)]
    [InlineData(-3, 2)]
    [InlineData(-5, 0)]
    [InlineData(-100, 0)]
    public async Task An_offset_is_counted_from_the_beginning_or_the_end(long offset, int first)
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 5);
        var reader = await world.SubscribeAsync(world.Connect("c"), From("s", offset, "a"));
        await world.PublishAsync("a", "5");
        Assert.Equal(Numbers(first, 6), Texts(await reader.WaitForAsync("5")));
    }

    [Fact]
    public async Task An_offset_that_was_trimmed_begins_with_what_is_missing()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 6);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 4 });
        var reader = await world.SubscribeAsync(world.Connect("c"), From("s", 1, "a"));
        Assert.Equal(["gap 1-4 Retention", "4", "5"], Texts(await reader.WaitForAsync("5")));
    }

    [Fact]
    public async Task An_offset_from_the_end_misses_nothing_that_was_trimmed()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 6);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 4 });
        var reader = await world.SubscribeAsync(world.Connect("c"), From("s", -5, "a"));
        Assert.Equal(["4", "5"], Texts(await reader.WaitForAsync("5")));
    }

    [Fact]
    public async Task An_offset_holds_for_each_topic_of_a_pattern()
    {
        await using var world = Start();
        await world.PublishAsync("t.a", 0, 5);
        await world.PublishAsync("t.b", 10, 12);
        var reader = await world.SubscribeAsync(world.Connect("c"), From("s", -2, "t.#"));
        await world.PublishAsync("t.c", "20");
        var items = await reader.WaitAsync(5);
        Assert.Equal(["3", "4"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["10", "11"], Texts(OfTopic(items, "t.b")));
        Assert.Equal(["20"], Texts(OfTopic(items, "t.c")));
    }

    [Fact]
    public async Task A_time_starts_with_the_first_message_appended_then_or_later()
    {
        await using var world = Start();
        var replies = await world.PublishAsync("a", 0, 6);
        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", replies[2].AppendedAtUs, "a"));
        Assert.Equal(Numbers(2, 6), Texts(await reader.WaitForAsync("5")));
        var later = await world.SubscribeAsync(world.Connect("d"), Since("s", replies[2].AppendedAtUs + 1, "a"));
        Assert.Equal(Numbers(3, 6), Texts(await later.WaitForAsync("5")));
    }

    [Fact]
    public async Task A_time_is_the_servers_and_not_the_messages_own()
    {
        await using var world = Start();
        await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("0")) { Timestamp = 4e9 });
        world.Time.Advance(TimeSpan.FromSeconds(10));
        var cut = world.Time.NowUs();
        world.Time.Advance(TimeSpan.FromSeconds(10));
        await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("1")) { Timestamp = 5 });
        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", cut, "a"));
        Assert.Equal(["1"], Texts(await reader.WaitForAsync("1")));
    }

    [Fact]
    public async Task A_backlog_of_seconds_holds_what_the_last_seconds_brought()
    {
        await using var world = Start();
        for (var number = 0; number < 6; number++)
        {
            await world.PublishAsync("a", $"{number}");
            world.Time.Advance(TimeSpan.FromSeconds(10));
        }

        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", world.Time.NowUs() - 25_000_000, "a"));
        await world.PublishAsync("a", "6");
        var items = await reader.WaitForAsync("6");
        Assert.Equal(["4", "5", "6"], Texts(items));
        Assert.Equal([true, true, false], items.Select(item => item.Backlog));
    }

    [Fact]
    public async Task A_backlog_count_leaves_the_newest_of_each_topic()
    {
        await using var world = Start();
        await world.PublishAsync("t.a", 0, 5);
        await world.PublishAsync("t.b", 10, 11);
        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", 0, "t.*") with { BacklogCount = 2 });
        await world.PublishAsync("t.a", "5");
        var items = await reader.WaitAsync(4);
        Assert.Equal(["3", "4", "5"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["10"], Texts(OfTopic(items, "t.b")));
    }

    [Fact]
    public async Task A_backlog_count_of_nothing_is_no_backlog()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 5);
        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", 0, "a") with { BacklogCount = 0 });
        await world.PublishAsync("a", "5");
        Assert.Equal(["5"], Texts(await reader.WaitForAsync("5")));
    }

    [Fact]
    public async Task Of_time_and_count_the_narrower_decides()
    {
        await using var world = Start();
        var replies = await world.PublishAsync("a", 0, 5);
        var reader = await world.SubscribeAsync(world.Connect("c"), Since("s", replies[3].AppendedAtUs, "a") with { BacklogCount = 4 });
        Assert.Equal(["3", "4"], Texts(await reader.WaitForAsync("4")));
    }

    [Fact]
    public async Task A_replay_longer_than_the_queue_misses_nothing()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 500);
        var reader = await world.SubscribeAsync(world.Connect("c"), From("s", 0, "a") with { QueueMessagesMax = 10 });
        await world.PublishAsync("a", 500, 520);
        Assert.Equal(Numbers(0, 520), Texts(await reader.WaitForAsync("519")));
    }

    [Fact]
    public async Task A_replay_joins_what_is_published_meanwhile()
    {
        const int Old = 300, All = 1_500;
        await using var world = Start(new TopicOptions { DefaultRetention = new TopicRetention { MessagesMax = 10 * All } });
        await world.PublishAsync("t.a", 0, Old);
        await world.PublishAsync("t.b", 0, Old);
        var publishing = Task.Run(
            async () =>
            {
                for (var number = Old; number < All; number++)
                {
                    await world.PublishAsync("t.a", $"{number}");
                    await world.PublishAsync("t.b", $"{number}");
                }
            },
            TestContext.Current.CancellationToken);
        var readers = new List<RecordedSubscription>();
        for (var i = 0; i < 10; i++)
            readers.Add(await world.SubscribeAsync(world.Connect($"c{i}"), From("s", 0, "t.*") with { QueueMessagesMax = 1 + (i * 7) }));
        await publishing;
        foreach (var reader in readers)
        {
            var items = await reader.WaitAsync(2 * All);
            Assert.Equal(Numbers(0, All), Texts(OfTopic(items, "t.a")));
            Assert.Equal(Numbers(0, All), Texts(OfTopic(items, "t.b")));
        }
    }
}
