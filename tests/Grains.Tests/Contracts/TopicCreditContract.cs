using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>Credit: what a connection whose reader does not read is given, and that the rest comes as credit comes back.</summary>
public abstract class TopicCreditContract : TopicContract
{
    private const int PayloadBytes = 64 * 1024;

    [Fact]
    public async Task Without_grants_the_initial_credit_is_delivered_and_no_more()
    {
        await using var world = Start();
        var slow = world.Connect("slow");
        world.Connections.Hold(slow);
        var reader = await world.SubscribeAsync(slow, To("s", "a") with { Start = StartKind.Offset });
        await PublishLargeAsync(world, 0, 40);
        await AssertInitialCreditUsedAsync(world, slow, reader);

        await world.Connections.ReleaseAsync(slow);
        AssertWhole(await reader.WaitAsync(40));
    }

    [Fact]
    public async Task Without_grants_a_replay_stops_at_the_initial_credit()
    {
        await using var world = Start();
        await PublishLargeAsync(world, 0, 40);
        var slow = world.Connect("slow");
        world.Connections.Hold(slow);
        var reader = await world.SubscribeAsync(slow, To("s", "a") with { Start = StartKind.Offset });
        await AssertInitialCreditUsedAsync(world, slow, reader);

        await world.Connections.ReleaseAsync(slow);
        AssertWhole(await reader.WaitAsync(40));
    }

    [Fact]
    public async Task Each_grant_brings_as_much_as_it_pays_for()
    {
        await using var world = Start();
        await PublishLargeAsync(world, 0, 40);
        var slow = world.Connect("slow");
        world.Connections.Hold(slow);
        var reader = await world.SubscribeAsync(slow, To("s", "a") with { Start = StartKind.Offset });
        while (reader.Items.Count < 40)
        {
            var before = reader.Items.Count;
            var cost = reader.Items[0].CostBytes;
            await world.Connections.GrantAsync(slow, cost);
            await reader.WaitAsync(Math.Min(40, before + 1));
            Assert.InRange(world.Connections.Owed(slow), 0, DeliveryCredit.InitialBytes + cost);
        }

        AssertWhole(reader.Items);
    }

    [Fact]
    public async Task Credit_is_the_connections_and_not_the_subscriptions()
    {
        await using var world = Start();
        var slow = world.Connect("slow");
        world.Connections.Hold(slow);
        var readers = new List<RecordedSubscription>();
        for (var i = 0; i < 4; i++)
            readers.Add(await world.SubscribeAsync(slow, To($"s{i}", "a") with { Rule = SlowReaderRule.Lag }));
        await PublishLargeAsync(world, 0, 20);
        var delivered = readers.Sum(reader => reader.CostBytes);
        Assert.InRange(delivered, 0, DeliveryCredit.InitialBytes + PayloadBytes + 1024);

        await world.Connections.ReleaseAsync(slow);
        foreach (var reader in readers)
            AssertWhole(await reader.WaitAsync(20));
    }

    [Fact]
    public async Task A_message_larger_than_the_credit_is_delivered()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        for (var i = 0; i < 3; i++)
            await world.PublishAsync("a", $"\"{new string('x', 3 * (int)DeliveryCredit.InitialBytes)}\"");
        Assert.Equal([0L, 1L, 2L], (await reader.WaitAsync(3)).Select(item => item.Record!.Offset));
    }

    [Fact]
    public async Task A_stopped_subscription_leaves_the_credit_to_the_others()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        await world.StallAsync(connection);
        var stopped = await world.SubscribeAsync(connection, To("stopped", "a") with { Rule = SlowReaderRule.Lag });
        var reader = await world.SubscribeAsync(connection, To("s", "b"));
        await world.PublishAsync("a", 0, 10);
        await world.PublishAsync("b", 0, 3);
        Assert.True(await world.Topics.UnsubscribeAsync(connection, "stopped"));
        await world.Connections.ReleaseAsync(connection);
        Assert.Equal(Numbers(0, 3), Texts(await reader.WaitAsync(3)));
        Assert.Empty(stopped.Items);
    }

    private static async Task PublishLargeAsync(TopicsUnderTest world, int from, int to)
    {
        var filler = new string('x', PayloadBytes);
        for (var number = from; number < to; number++)
            await world.PublishAsync("a", $"\"{filler}\"");
    }

    /// <summary>A second connection that reads everything proves that the engine is done with what it may deliver to the first.</summary>
    private static async Task AssertInitialCreditUsedAsync(TopicsUnderTest world, ConnectionId slow, RecordedSubscription reader)
    {
        var witness = await world.SubscribeAsync(world.Connect("witness"), To("w", "a") with { Start = StartKind.Offset });
        AssertWhole(await witness.WaitAsync(40));
        var cost = witness.Items[0].CostBytes;
        await reader.WaitAsync((int)(DeliveryCredit.InitialBytes / cost));
        Assert.InRange(world.Connections.Owed(slow), DeliveryCredit.InitialBytes - cost, DeliveryCredit.InitialBytes + cost);
    }

    private static void AssertWhole(IReadOnlyList<Delivery> items) =>
        Assert.Equal(Enumerable.Range(0, items.Count).Select(offset => (long)offset), items.Select(item => item.Record!.Offset));
}
