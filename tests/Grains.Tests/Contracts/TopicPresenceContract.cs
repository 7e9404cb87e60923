using System.Text.Json;

namespace Grains.Tests.Contracts;

/// <summary>Who subscribes to what: the list of a topic's subscribers, and the messages when one comes and goes.</summary>
public abstract class TopicPresenceContract : TopicContract
{
    [Fact]
    public async Task Presence_lists_the_subscribers_of_a_topic_with_the_pattern_that_matches()
    {
        await using var world = Start();
        var (one, other) = (world.Connect("one"), world.Connect("other"));
        await world.PublishAsync("a.b", "1");
        var first = await world.AcknowledgedAsync(one, To("s1", "x", "a.*", "#") with { Subscriber = "me" });
        await world.SubscribeAsync(other, To("s2", "a.b"));
        await world.SubscribeAsync(other, To("s3", "b"));
        var subscribers = (await world.ExecuteAsync(new TopicCommand("presence", "a.b"))).Subscribers.OrderBy(each => each.SubscriptionId).ToList();
        Assert.Equal(["s1", "s2"], subscribers.Select(each => each.SubscriptionId));
        Assert.Equal(("one", "me", first.SubscribedAtUs), (subscribers[0].ConnectionId, subscribers[0].Subscriber, subscribers[0].SubscribedAtUs));
        Assert.Contains(subscribers[0].Pattern, new[] { "a.*", "#" });
        Assert.Equal(("other", "", "a.b"), (subscribers[1].ConnectionId, subscribers[1].Subscriber, subscribers[1].Pattern));
    }

    [Fact]
    public async Task Who_has_gone_is_present_no_more()
    {
        await using var world = Start();
        var (one, other) = (world.Connect("one"), world.Connect("other"));
        await world.PublishAsync("a", "1");
        await world.SubscribeAsync(one, To("s", "a"));
        await world.SubscribeAsync(other, To("s", "a"));
        Assert.True(await world.Topics.UnsubscribeAsync(one, "s"));
        Assert.Equal("other", Assert.Single((await world.ExecuteAsync(new TopicCommand("presence", "a"))).Subscribers).ConnectionId);
        world.Close(other);
        Assert.Empty((await world.ExecuteAsync(new TopicCommand("presence", "a"))).Subscribers);
    }

    [Fact]
    public async Task Coming_and_going_is_told_when_it_is_asked_for()
    {
        await using var world = Start();
        var witness = await world.SubscribeAsync(world.Connect("witness"), To("w", "system.presence.#"));
        var (one, other) = (world.Connect("one"), world.Connect("other"));
        await world.SubscribeAsync(one, To("quiet", "orders.*"));
        await world.SubscribeAsync(one, To("s1", "orders.*") with { Presence = true, Subscriber = "me" });
        await world.SubscribeAsync(other, To("s2", "orders.eu") with { Presence = true });
        Assert.True(await world.Topics.UnsubscribeAsync(one, "quiet"));
        Assert.True(await world.Topics.UnsubscribeAsync(one, "s1"));
        world.Close(other);
        var items = await witness.WaitAsync(4);
        Assert.Equal(
            ["system.presence.orders.*", "system.presence.orders.eu", "system.presence.orders.*", "system.presence.orders.eu"],
            items.Select(item => item.Topic));
        var events = items.Select(item => item.Record!.Message.Payload.As<JsonElement>()).ToList();
        Assert.Equal(["join", "join", "leave", "leave"], events.Select(one => one.GetProperty("event").GetString()));
        Assert.Equal(["s1", "s2", "s1", "s2"], events.Select(one => one.GetProperty("subscription_id").GetString()));
        Assert.Equal(["one", "other", "one", "other"], events.Select(one => one.GetProperty("connection_id").GetString()));
        Assert.Equal(["me", "", "me", ""], events.Select(one => one.GetProperty("subscriber").GetString()));
    }

    [Fact]
    public async Task A_subscription_tells_of_each_of_its_patterns()
    {
        await using var world = Start();
        var witness = await world.SubscribeAsync(world.Connect("witness"), To("w", "system.presence.#"));
        await world.SubscribeAsync(world.Connect("c"), To("s", "a", "b.*") with { Presence = true });
        Assert.Equal(
            ["system.presence.a", "system.presence.b.*"],
            (await witness.WaitAsync(2)).Select(item => item.Topic).Order(StringComparer.Ordinal));
    }
}
