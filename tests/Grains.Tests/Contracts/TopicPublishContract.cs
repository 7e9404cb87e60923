namespace Grains.Tests.Contracts;

/// <summary>Publishing: what the reply says, what the record holds, and in which order readers see it.</summary>
public abstract class TopicPublishContract : TopicContract
{
    [Fact]
    public async Task Offsets_begin_at_zero_and_have_no_holes()
    {
        await using var world = Start();
        var replies = await world.PublishAsync("a", 0, 5);
        Assert.Equal([0, 1, 2, 3, 4], replies.Select(reply => reply.Offset));
        Assert.Single(replies.Select(reply => reply.Epoch).Distinct());
    }

    [Fact]
    public async Task A_reply_tells_epoch_receivers_durability_and_time_of_append()
    {
        await using var world = Start();
        var before = world.Time.NowUs();
        var reply = await world.PublishAsync("a", "1");
        Assert.True(reply.Epoch > 0);
        Assert.Equal(0, reply.Receivers);
        Assert.Equal(Durability.Memory, reply.Durability);
        Assert.InRange(reply.AppendedAtUs, before, before + 1_000_000);
        Assert.False(string.IsNullOrEmpty(reply.MessageId));
    }

    [Fact]
    public async Task A_missing_id_and_timestamp_are_filled_in()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        var replies = await world.PublishAsync("a", 0, 2);
        var records = (await reader.WaitAsync(2)).Select(item => item.Record!).ToList();
        Assert.Equal(replies.Select(reply => reply.MessageId), records.Select(record => record.Message.MessageId));
        Assert.NotEqual(replies[0].MessageId, replies[1].MessageId);
        var timestamp = Assert.NotNull(records[0].Message.Timestamp);
        Assert.Equal(Clock.ToSeconds(world.Time.NowUs()), timestamp, 1.0);
    }

    [Fact]
    public async Task What_the_publisher_said_arrives_as_it_was()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        var message = new TopicMessage("a", Value.FromBytes(new byte[] { 0, 255, 10 }))
        {
            MessageId = "m1",
            Publisher = "me",
            Timestamp = 1700000000.125,
            Headers = Value.Json("""{ "reply_to" : "r" }"""),
            Key = Value.Text("k"),
        };
        var reply = await world.Topics.PublishAsync(default, message);
        var delivery = Assert.Single(await reader.WaitAsync(1));
        Assert.Equal("m1", reply.MessageId);
        Assert.Equal(message, delivery.Record!.Message);
        Assert.Equal(
            ("a", reply.Epoch, reply.Offset, reply.AppendedAtUs),
            (delivery.Topic, delivery.Epoch, delivery.Record.Offset, delivery.Record.AppendedAtUs));
        Assert.Null(delivery.Gap);
        Assert.False(delivery.Backlog);
    }

    [Fact]
    public async Task Receivers_counts_the_subscriptions_that_match()
    {
        await using var world = Start();
        var (one, other) = (world.Connect("one"), world.Connect("other"));
        await world.SubscribeAsync(one, To("s1", "a.b", "a.*", "#"));
        await world.SubscribeAsync(one, To("s2", "a.b"));
        await world.SubscribeAsync(other, To("s1", "a.#"));
        await world.SubscribeAsync(other, To("s2", "b.#"));
        Assert.Equal(3, (await world.PublishAsync("a.b", "1")).Receivers);
        Assert.Equal(1, (await world.PublishAsync("c", "1")).Receivers);
    }

    [Fact]
    public async Task The_publishers_own_notification_comes_before_its_reply()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        var exact = await world.SubscribeAsync(connection, To("exact", "a.b"));
        var pattern = await world.SubscribeAsync(connection, To("pattern", "a.#"));
        for (var number = 0; number < 10; number++)
        {
            await world.PublishAsync("a.b", $"{number}", connection);
            Assert.Equal(Numbers(0, number + 1), Texts(exact.Items));
            Assert.Equal(Numbers(0, number + 1), Texts(pattern.Items));
        }
    }

    [Fact]
    public async Task One_publishers_order_over_several_topics_is_a_pattern_readers_order()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("reader"), To("s", "t.*"));
        var publisher = world.Connect("publisher");
        for (var number = 0; number < 300; number++)
            await world.PublishAsync($"t.{number % 7}", $"{number}", publisher);
        Assert.Equal(Numbers(0, 300), Texts(await reader.WaitAsync(300)));
    }

    [Fact]
    public async Task Times_of_append_grow_while_the_clock_stands()
    {
        await using var world = Start();
        var times = (await world.PublishAsync("a", 0, 20)).Select(reply => reply.AppendedAtUs).ToList();
        Assert.Equal(times.Distinct().Order(), times);
    }

    [Fact]
    public async Task Publishers_that_race_make_one_order_without_holes()
    {
        const int Publishers = 4, Each = 250;
        await using var world = Start();
        var readers = new List<RecordedSubscription>();
        for (var i = 0; i < 3; i++)
            readers.Add(await world.SubscribeAsync(world.Connect($"reader{i}"), To("s", i == 0 ? "a" : "#") with { Rule = SlowReaderRule.Lag }));
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            var connection = world.Connect($"publisher{publisher}");
            for (var i = 0; i < Each; i++)
                await world.PublishAsync("a", $"{(publisher * Each) + i}", connection);
        })));
        foreach (var reader in readers)
        {
            var items = await reader.WaitAsync(Publishers * Each);
            Assert.Equal(Enumerable.Range(0, Publishers * Each).Select(offset => (long)offset), items.Select(item => item.Record!.Offset));
            Assert.Equal(Numbers(0, Publishers * Each).Order(), Texts(items).Order());
            foreach (var own in items.Select(item => item.Record!.Message.Payload.As<int>()).GroupBy(number => number / Each))
                Assert.Equal(own.Order(), own);
        }
    }

    [Fact]
    public async Task A_connection_that_has_closed_receives_nothing_and_hinders_nobody()
    {
        await using var world = Start();
        var (gone, stays) = (world.Connect("gone"), world.Connect("stays"));
        var lost = await world.SubscribeAsync(gone, To("s", "a"));
        var reader = await world.SubscribeAsync(stays, To("s", "a"));
        await world.PublishAsync("a", "1");
        await lost.WaitAsync(1);
        world.Close(gone);
        Assert.Equal(1, (await world.PublishAsync("a", "2")).Receivers);
        Assert.Equal(["1", "2"], Texts(await reader.WaitAsync(2)));
        Assert.Equal(["1"], Texts(lost.Items));
    }
}
