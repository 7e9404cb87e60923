using Grains.Engine;
using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>Slow readers: what each rule drops, that what was missed is told exactly in its place in the order, and that it costs
/// nobody else anything. A reader is made slow by using up its connection's credit.</summary>
public abstract class TopicGapContract : TopicContract
{
    [Fact]
    public async Task Drop_oldest_keeps_the_newest()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.DropOldest, QueueMessagesMax = 3 });
        var replies = await world.PublishAsync("a", 0, 10);
        await world.Connections.ReleaseAsync(connection);
        await world.PublishAsync("a", "10");
        var items = await reader.WaitForAsync("10");
        Assert.Equal(["gap 0-7 SlowReader", "7", "8", "9", "10"], Texts(items));
        Assert.Equal((replies[0].Epoch, 7L), (items[0].Gap!.NextEpoch, items.Last(item => item.Gap is not null).Gap!.NextOffset));
    }

    [Fact]
    public async Task Drop_oldest_is_the_rule_of_what_starts_new()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { QueueMessagesMax = 2 });
        await world.PublishAsync("a", 0, 5);
        await world.Connections.ReleaseAsync(connection);
        Assert.Equal(["gap 0-3 SlowReader", "3", "4"], Texts(await reader.WaitForAsync("4")));
    }

    [Fact]
    public async Task Drop_oldest_tells_of_each_topic_in_its_place()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "t.*") with { Rule = SlowReaderRule.DropOldest, QueueMessagesMax = 4 });
        for (var number = 0; number < 6; number++)
        {
            await world.PublishAsync("t.a", $"{number}");
            await world.PublishAsync("t.b", $"{number}");
        }

        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAccountOfAsync(12);
        Assert.Equal(["gap 0-4 SlowReader", "4", "5"], Texts(items.Where(item => item.Topic == "t.a")));
        Assert.Equal(["gap 0-4 SlowReader", "4", "5"], Texts(items.Where(item => item.Topic == "t.b")));
        Assert.Equal(["4", "4", "5", "5"], Texts(items.Where(item => item.Gap is null)));
    }

    [Fact]
    public async Task Drop_newest_keeps_the_oldest()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.DropNewest, QueueMessagesMax = 3 });
        await world.PublishAsync("a", 0, 10);
        await world.Connections.ReleaseAsync(connection);
        await reader.WaitForAsync("2");
        await world.PublishAsync("a", "10");
        Assert.Equal(["0", "1", "2", "gap 3-10 SlowReader", "10"], Texts(await reader.WaitForAsync("10")));
    }

    [Fact]
    public async Task What_drop_newest_dropped_last_is_told_without_a_further_message()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.DropNewest, QueueMessagesMax = 3 });
        await world.PublishAsync("a", 0, 10);
        await world.Connections.ReleaseAsync(connection);
        Assert.Equal(["0", "1", "2", "gap 3-10 SlowReader"], Texts(await reader.WaitForAccountOfAsync(10)));
    }

    [Fact]
    public async Task Keep_latest_keeps_the_newest_of_each_topic()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "t.*") with { Rule = SlowReaderRule.KeepLatest, QueueMessagesMax = 3 });
        await world.PublishAsync("t.rare", "0");
        await world.PublishAsync("t.often", 0, 20);
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAccountOfAsync(21);
        Assert.Equal(["0"], Texts(items.Where(item => item.Topic == "t.rare")));
        var often = items.Where(item => item.Topic == "t.often").ToList();
        Assert.Equal("19", Texts(often)[^1]);
        Assert.InRange(often.Count(item => item.Record is not null), 1, 2);
        AssertWholeAccount(often, 20);
    }

    [Fact]
    public async Task Close_ends_the_subscription_after_what_was_delivered()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        var reader = await world.SubscribeAsync(connection, To("s", "a") with { Rule = SlowReaderRule.Close, QueueMessagesMax = 3 });
        await world.PublishAsync("a", 0, 2);
        await reader.WaitForAsync("1");
        await world.StallAsync(connection);
        await world.PublishAsync("a", 2, 6);
        var (code, message) = await reader.WaitForEndAsync();
        Assert.Equal(ErrorCode.SlowReader, code);
        Assert.NotEmpty(message);
        // The connection is told first; a node that hosts the topic elsewhere hears of it on its way.
        var receivers = 1;
        for (var attempt = 0; attempt < 100 && receivers > 0; attempt++)
            receivers = (await world.PublishAsync("a", "6")).Receivers;
        Assert.Equal(0, receivers);
        Assert.False(await world.Topics.UnsubscribeAsync(connection, "s"));
        var texts = Texts(reader.Items);
        Assert.Equal(Numbers(0, texts.Count), texts);
    }

    [Fact]
    public async Task A_full_queue_that_is_not_passed_drops_nothing()
    {
        foreach (var rule in Enum.GetValues<SlowReaderRule>())
        {
            await using var world = Start();
            var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = rule, QueueMessagesMax = 3 });
            await world.PublishAsync("a", 0, 3);
            await world.Connections.ReleaseAsync(connection);
            Assert.Equal(Numbers(0, 3), Texts(await reader.WaitForAsync("2")));
        }
    }

    [Fact]
    public async Task A_lagging_reader_misses_nothing_that_is_kept()
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "t.*") with { Rule = SlowReaderRule.Lag, QueueMessagesMax = 3 });
        await world.PublishAsync("t.a", 0, 200);
        await world.PublishAsync("t.b", 0, 200);
        await world.Connections.ReleaseAsync(connection);
        await world.PublishAsync("t.a", 200, 210);
        var items = await reader.WaitAsync(410);
        Assert.Equal(Numbers(0, 210), Texts(items.Where(item => item.Topic == "t.a")));
        Assert.Equal(Numbers(0, 200), Texts(items.Where(item => item.Topic == "t.b")));
        Assert.DoesNotContain(items, item => item.Backlog);
    }

    [Theory]
    [InlineData(StartKind.Last)]
    [InlineData(StartKind.Offset)]
    [InlineData(StartKind.Time)]
    [InlineData(StartKind.Resume)]
    public async Task Lag_is_the_rule_of_what_starts_at_a_position(StartKind start)
    {
        await using var world = Start();
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Start = start, QueueMessagesMax = 2 });
        await world.PublishAsync("a", 0, 50);
        await world.Connections.ReleaseAsync(connection);
        Assert.Equal(Numbers(0, 50), Texts(await reader.WaitForAsync("49")));
    }

    [Fact]
    public async Task A_lagging_reader_is_told_what_retention_took()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 5 });
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.Lag, QueueMessagesMax = 2 });
        var replies = await world.PublishAsync("a", 0, 20);
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAsync("19");
        AssertWholeAccount(items, 20);
        Assert.Equal(Numbers(15, 20), Texts(items).TakeLast(5));
        var gaps = items.Where(item => item.Gap is not null).Select(item => item.Gap!).ToList();
        Assert.NotEmpty(gaps);
        Assert.All(gaps, gap => Assert.Equal((GapReason.Retention, replies[0].Epoch, gap.To), (gap.Reason, gap.NextEpoch, gap.NextOffset)));
    }

    [Fact]
    public async Task A_lagging_reader_is_told_what_was_trimmed()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 10);
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Start = StartKind.Offset, QueueMessagesMax = 2 });
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 7 });
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAsync("9");
        AssertWholeAccount(items, 10);
        Assert.Equal(Numbers(7, 10), Texts(items).TakeLast(3));
    }

    [Fact]
    public async Task A_reader_that_has_read_all_of_a_deleted_topic_goes_on_in_its_new_epoch()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 3);
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a") with { Start = StartKind.Offset });
        await reader.WaitForAsync("2");
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        var again = await world.PublishAsync("a", "10");
        var items = await reader.WaitForAsync("10");
        Assert.Equal(["0", "1", "2", "10"], Texts(items));
        Assert.Equal((again.Epoch, 0L), (items[3].Epoch, items[3].Record!.Offset));
    }

    [Fact]
    public async Task A_lagging_reader_is_told_what_a_deleted_topic_took_with_it()
    {
        await using var world = Start();
        var old = await world.PublishAsync("a", 0, 10);
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Start = StartKind.Offset, QueueMessagesMax = 2 });
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        var again = await world.PublishAsync("a", "10");
        await world.PublishAsync("a", "11");
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAsync("11");
        AssertWholeAccount(items.Where(item => item.Epoch == old[0].Epoch), 10);
        AssertWholeAccount(items.Where(item => item.Epoch == again.Epoch), 2);
        Assert.Equal(["10", "11"], Texts(items).TakeLast(2));
        var gap = Assert.Single(items, item => item.Gap is not null).Gap!;
        Assert.Equal((GapReason.Retention, old[0].Epoch, 10L), (gap.Reason, gap.Epoch, gap.To));
    }

    [Fact]
    public async Task A_queue_is_limited_in_bytes_too()
    {
        await using var world = Start(new TopicOptions { QueueBytesMax = 64 * 1024 });
        var (connection, reader) = await StalledAsync(world, To("s", "a") with { Rule = SlowReaderRule.DropOldest });
        var filler = new string('x', 10 * 1024);
        for (var number = 0; number < 20; number++)
            await world.PublishAsync("a", $"\"{number} {filler}\"");
        await world.Connections.ReleaseAsync(connection);
        var items = await reader.WaitForAccountOfAsync(20);
        AssertWholeAccount(items, 20);
        Assert.NotNull(items[0].Gap);
        Assert.InRange(items.Sum(item => (long)item.CostBytes), 40 * 1024, 64 * 1024);
    }

    [Fact]
    public async Task A_slow_reader_costs_a_fast_one_nothing()
    {
        await using var world = Start();
        var slow = world.Connect("slow");
        foreach (var rule in Enum.GetValues<SlowReaderRule>())
            await world.SubscribeAsync(slow, To($"{rule}", "a") with { Rule = rule, QueueMessagesMax = 5 });
        await world.StallAsync(slow);
        var fast = await world.SubscribeAsync(world.Connect("fast"), To("s", "a") with { QueueMessagesMax = 5 });
        for (var number = 0; number < 300; number++)
        {
            await world.PublishAsync("a", $"{number}");
            await fast.WaitForAsync($"{number}");
        }

        Assert.Equal(Numbers(0, 300), Texts(fast.Items));
    }

    private static async Task<(ConnectionId Connection, RecordedSubscription Reader)> StalledAsync(TopicsUnderTest world, SubscribeCommand command)
    {
        var connection = world.Connect("slow");
        await world.StallAsync(connection);
        return (connection, await world.SubscribeAsync(connection, command));
    }

    /// <summary>Records and gaps together name each offset from 0 up to <paramref name="end"/> once, in order.</summary>
    private static void AssertWholeAccount(IEnumerable<Delivery> items, long end)
    {
        long next = 0;
        foreach (var item in items)
        {
            Assert.Equal(next, item.Gap?.From ?? item.Record!.Offset);
            next = item.Gap?.To ?? (next + 1);
        }

        Assert.Equal(end, next);
    }
}
