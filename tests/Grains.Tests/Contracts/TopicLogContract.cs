using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>Topics as logs: create, describe, list, trim, delete, what retention keeps, and how a topic that was made by use goes away.</summary>
public abstract class TopicLogContract : TopicContract
{
    [Fact]
    public async Task A_created_topic_is_declared_and_has_the_retention_asked_for()
    {
        await using var world = Start();
        var retention = new TopicRetention { MessagesMax = 5, BytesMax = 10_000, AgeMax = TimeSpan.FromSeconds(30), RefuseWhenFull = true };
        var created = Assert.Single((await world.CreateAsync("a", retention)).Topics);
        var described = await world.DescribeAsync("a");
        foreach (var topic in new[] { created, described })
        {
            Assert.Equal("a", topic.Name);
            Assert.True(topic.Epoch > 0);
            Assert.Equal((0L, 0L, 0L, 0), (topic.FirstOffset, topic.NextOffset, topic.Bytes, topic.Subscriptions));
            Assert.Equal(retention, topic.Retention);
            Assert.True(topic.Declared);
        }

        Assert.Equal(created.Epoch, (await world.PublishAsync("a", "1")).Epoch);
    }

    [Fact]
    public async Task A_topic_made_by_use_has_the_default_retention()
    {
        await using var world = Start();
        await world.PublishAsync("a", "1");
        var topic = await world.DescribeAsync("a");
        Assert.False(topic.Declared);
        Assert.Equal(TopicRetention.Default, topic.Retention);
        Assert.Equal(
            (1_000L, 64L * 1024 * 1024, TimeSpan.FromHours(1)),
            (topic.Retention.MessagesMax, topic.Retention.BytesMax, topic.Retention.AgeMax));
    }

    [Fact]
    public async Task Create_without_retention_takes_the_default()
    {
        var retention = new TopicRetention { MessagesMax = 7 };
        await using var world = Start(new TopicOptions { DefaultRetention = retention });
        Assert.Equal(retention, Assert.Single((await world.CreateAsync("a")).Topics).Retention);
    }

    [Fact]
    public async Task Create_refuses_a_topic_that_exists()
    {
        await using var world = Start();
        await world.CreateAsync("declared");
        await world.PublishAsync("used", "1");
        await RefusedAsync(world, ErrorCode.TopicExists, new TopicCommand("create", "declared"));
        await RefusedAsync(world, ErrorCode.TopicExists, new TopicCommand("create", "used"));
        Assert.False((await world.DescribeAsync("used")).Declared);
    }

    [Fact]
    public async Task Create_with_update_gives_an_existing_topic_its_retention_at_once()
    {
        await using var world = Start();
        var epoch = (await world.PublishAsync("a", 0, 10))[0].Epoch;
        var update = new TopicCommand("create", "a") { Update = true, Retention = new TopicRetention { MessagesMax = 3 } };
        var topic = Assert.Single((await world.ExecuteAsync(update)).Topics);
        Assert.Equal((epoch, 7L, 10L, 3L, true), (topic.Epoch, topic.FirstOffset, topic.NextOffset, topic.Retention.MessagesMax, topic.Declared));
        Assert.Single((await world.ExecuteAsync(new TopicCommand("create", "b") { Update = true })).Topics);
    }

    [Fact]
    public async Task A_description_counts_records_bytes_and_subscriptions()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s1", "a", "b"));
        await world.SubscribeAsync(world.Connect("d"), To("s1", "#"));
        await world.SubscribeAsync(world.Connect("e"), To("s1", "other"));
        await world.PublishAsync("a", 0, 4);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 1 });
        var kept = (await reader.WaitAsync(4)).Skip(1).Sum(item => (long)item.CostBytes);
        var topic = await world.DescribeAsync("a");
        Assert.Equal((1L, 4L, kept, 2), (topic.FirstOffset, topic.NextOffset, topic.Bytes, topic.Subscriptions));
    }

    [Theory]
    [InlineData("describe")]
    [InlineData("trim")]
    [InlineData("delete")]
    public async Task What_needs_a_topic_refuses_one_that_is_not_there(string operation)
    {
        await using var world = Start();
        await RefusedAsync(world, ErrorCode.TopicNotFound, new TopicCommand(operation, "none") { Before = 1 });
        Assert.Equal(ErrorCode.TopicNotFound, (await world.Topics.ReadAsync(new ReadCommand("none", 0, 0))).Error);
        Assert.Empty((await world.ExecuteAsync(new TopicCommand("list", ""))).Topics);
    }

    [Fact]
    public async Task An_unknown_operation_is_refused()
    {
        await using var world = Start();
        await RefusedAsync(world, ErrorCode.UnsupportedOperation, new TopicCommand("fly", "a"));
    }

    [Fact]
    public async Task List_gives_the_topics_that_match_a_pattern()
    {
        await using var world = Start();
        foreach (var topic in new[] { "a.1", "a.2", "a.2.x", "b.1" })
            await world.PublishAsync(topic, "1");
        await world.CreateAsync("a.3");
        Assert.Equal(["a.1", "a.2", "a.3"], await NamesAsync(world, new TopicCommand("list", "") { Pattern = "a.*" }));
        Assert.Equal(["a.1", "a.2", "a.2.x", "a.3", "b.1"], await NamesAsync(world, new TopicCommand("list", "")));
        Assert.Equal([], await NamesAsync(world, new TopicCommand("list", "") { Pattern = "c.#" }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(25)]
    [InlineData(26)]
    public async Task List_goes_on_at_its_cursor_and_gives_each_topic_once(int limit)
    {
        await using var world = Start();
        for (var number = 0; number < 25; number++)
            await world.PublishAsync($"a.{number}", "1");
        await world.PublishAsync("b", "1");
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var piece = await world.ExecuteAsync(new TopicCommand("list", "") { Pattern = "a.*", Limit = limit, Cursor = cursor });
            Assert.InRange(piece.Topics.Length, 0, limit);
            names.AddRange(piece.Topics.Select(topic => topic.Name));
            cursor = piece.Cursor;
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(number => $"a.{number}").Order(), names.Order());
    }

    [Fact]
    public async Task Trim_removes_what_is_before_and_counts_it()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 6);
        Assert.Equal(4, (await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 4 })).AffectedCount);
        Assert.Equal(0, (await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 2 })).AffectedCount);
        Assert.Equal(["4", "5"], await ReadAllAsync(world, "a"));
        Assert.Equal(2, (await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 6 })).AffectedCount);
        Assert.Empty(await ReadAllAsync(world, "a"));
        Assert.Equal(6, (await world.PublishAsync("a", "6")).Offset);
    }

    [Fact]
    public async Task A_deleted_topic_comes_back_with_a_larger_epoch_and_new_offsets()
    {
        await using var world = Start();
        var first = await world.PublishAsync("a", 0, 3);
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        await RefusedAsync(world, ErrorCode.TopicNotFound, new TopicCommand("describe", "a"));
        var again = await world.PublishAsync("a", "1");
        Assert.True(again.Epoch > first[0].Epoch);
        Assert.Equal(0, again.Offset);
        Assert.Equal(["1"], await ReadAllAsync(world, "a"));
    }

    [Fact]
    public async Task A_subscription_outlives_the_topic()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        await world.PublishAsync("a", "1");
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        Assert.Equal(1, (await world.PublishAsync("a", "2")).Receivers);
        await reader.WaitForAsync("2");
    }

    [Fact]
    public async Task Retention_by_count_keeps_the_newest()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 3 });
        await world.PublishAsync("a", 0, 3);
        Assert.Equal(Numbers(0, 3), await ReadAllAsync(world, "a"));
        await world.PublishAsync("a", "3");
        Assert.Equal(Numbers(1, 4), await ReadAllAsync(world, "a"));
    }

    [Fact]
    public async Task Retention_by_bytes_keeps_the_newest()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("0")) { MessageId = "m" });
        var cost = (await reader.WaitAsync(1))[0].CostBytes;
        var update = new TopicCommand("create", "a") { Update = true, Retention = new TopicRetention { BytesMax = 3 * cost } };
        await world.ExecuteAsync(update);
        for (var number = 1; number < 3; number++)
            await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json($"{number}")) { MessageId = "m" });
        Assert.Equal(Numbers(0, 3), await ReadAllAsync(world, "a"));
        Assert.Equal(3 * cost, (await world.DescribeAsync("a")).Bytes);
        await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("3")) { MessageId = "m" });
        Assert.Equal(Numbers(1, 4), await ReadAllAsync(world, "a"));
    }

    [Fact]
    public async Task Retention_by_age_removes_the_old_although_nobody_publishes()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { AgeMax = TimeSpan.FromSeconds(60) });
        await world.PublishAsync("a", "0");
        world.Time.Advance(TimeSpan.FromSeconds(40));
        await world.PublishAsync("a", "1");
        Assert.Equal(["0", "1"], await ReadAllAsync(world, "a"));
        world.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(["1"], await ReadAllAsync(world, "a"));
        world.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Empty(await ReadAllAsync(world, "a"));
        Assert.Equal((2L, 2L, 0L), await PlacesAsync(world, "a"));
    }

    [Fact]
    public async Task A_full_topic_that_may_not_drop_refuses()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "#"));
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 2, RefuseWhenFull = true });
        await world.PublishAsync("a", 0, 2);
        var refused = await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("2")));
        Assert.Equal(ErrorCode.TopicFull, refused.Error);
        Assert.NotEmpty(refused.Message!);
        Assert.Equal(Numbers(0, 2), await ReadAllAsync(world, "a"));
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 1 });
        Assert.Equal(2, (await world.PublishAsync("a", "3")).Offset);
        Assert.Equal(["0", "1", "3"], Texts(await reader.WaitForAsync("3")));
    }

    [Fact]
    public async Task A_topic_full_of_bytes_refuses_too()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { BytesMax = 10_000, RefuseWhenFull = true });
        await world.PublishAsync("a", $"\"{new string('x', 8_000)}\"");
        var refused = await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json($"\"{new string('x', 4_000)}\"")));
        Assert.Equal(ErrorCode.TopicFull, refused.Error);
        await world.PublishAsync("a", "1");
    }

    [Fact]
    public async Task A_full_topic_takes_messages_again_when_the_old_are_too_old()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 1, AgeMax = TimeSpan.FromSeconds(60), RefuseWhenFull = true });
        await world.PublishAsync("a", "0");
        Assert.Equal(ErrorCode.TopicFull, (await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("1")))).Error);
        world.Time.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(1, (await world.PublishAsync("a", "1")).Offset);
    }

    [Fact]
    public async Task A_topic_made_by_use_goes_away_when_it_is_empty_and_unread()
    {
        await using var world = Start();
        var first = await world.PublishAsync("a", 0, 2);
        world.Time.Advance(TimeSpan.FromHours(2));
        await RefusedAsync(world, ErrorCode.TopicNotFound, new TopicCommand("describe", "a"));
        var again = await world.PublishAsync("a", "1");
        Assert.True(again.Epoch > first[0].Epoch);
        Assert.Equal(0, again.Offset);
    }

    [Fact]
    public async Task A_topic_that_is_read_stays_although_it_is_empty()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        await world.SubscribeAsync(connection, To("s", "a"));
        var first = await world.PublishAsync("a", "0");
        world.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((1L, 1L, 0L), await PlacesAsync(world, "a"));
        var second = await world.PublishAsync("a", "1");
        Assert.Equal((first.Epoch, 1L), (second.Epoch, second.Offset));
        world.Close(connection);
        world.Time.Advance(TimeSpan.FromHours(2));
        await RefusedAsync(world, ErrorCode.TopicNotFound, new TopicCommand("describe", "a"));
    }

    [Fact]
    public async Task Who_reads_by_pattern_misses_nothing_of_a_topic_that_goes_away_and_comes_back()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a.*"));
        await world.PublishAsync("a.b", 0, 2);
        await reader.WaitForAsync("1");
        world.Time.Advance(TimeSpan.FromHours(2));
        await world.PublishAsync("a.b", 2, 4);
        var items = await reader.WaitForAsync("3");
        Assert.Equal(Numbers(0, 4), Texts(items));
        Assert.DoesNotContain(items, item => item.Backlog);
    }

    [Fact]
    public async Task A_declared_topic_stays_although_it_is_empty_and_unread()
    {
        await using var world = Start();
        var epoch = Assert.Single((await world.CreateAsync("a")).Topics).Epoch;
        await world.PublishAsync("a", "0");
        world.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((1L, 1L, 0L), await PlacesAsync(world, "a"));
        Assert.Equal(epoch, (await world.PublishAsync("a", "1")).Epoch);
    }

    private static async Task RefusedAsync(TopicsUnderTest world, ErrorCode expected, TopicCommand command)
    {
        var reply = await world.Topics.ExecuteAsync(command);
        Assert.Equal(expected, reply.Error);
        Assert.False(string.IsNullOrEmpty(reply.Message));
    }

    private static async Task<IEnumerable<string>> NamesAsync(TopicsUnderTest world, TopicCommand command) =>
        (await world.ExecuteAsync(command)).Topics.Select(topic => topic.Name).Order(StringComparer.Ordinal);

    private static async Task<(long First, long Next, long Bytes)> PlacesAsync(TopicsUnderTest world, string topic)
    {
        var description = await world.DescribeAsync(topic);
        return (description.FirstOffset, description.NextOffset, description.Bytes);
    }

    private static async Task<IEnumerable<string>> ReadAllAsync(TopicsUnderTest world, string topic)
    {
        var reply = await world.Topics.ReadAsync(new ReadCommand(topic, 0, -1_000_000, 1_000));
        Assert.Equal(ErrorCode.None, reply.Error);
        return reply.Records.Select(record => record.Message.Payload.ToString());
    }
}
