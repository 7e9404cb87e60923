using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>Which topics a subscription gets, and whose it is: patterns, replacement, end.</summary>
public abstract class TopicPatternContract : TopicContract
{
    [Theory]
    [MemberData(nameof(TopicPatternTable.Plain), MemberType = typeof(TopicPatternTable))]
    public Task A_pattern_matches_by_words(string pattern, string topic, bool matches) =>
        ExpectAsync(new TopicPattern(pattern), topic, matches);

    [Theory]
    [MemberData(nameof(TopicPatternTable.Exact), MemberType = typeof(TopicPatternTable))]
    public Task An_exact_pattern_matches_itself_alone(string pattern, string topic, bool matches) =>
        ExpectAsync(new TopicPattern(pattern, Exact: true), topic, matches);

    [Theory]
    [MemberData(nameof(TopicPatternTable.FoldCase), MemberType = typeof(TopicPatternTable))]
    public Task A_folded_pattern_takes_no_regard_of_letter_case(string pattern, string topic, bool matches) =>
        ExpectAsync(new TopicPattern(pattern, FoldCase: true), topic, matches);

    [Theory]
    [MemberData(nameof(TopicPatternTable.ExactFoldCase), MemberType = typeof(TopicPatternTable))]
    public Task An_exact_folded_pattern_matches_itself_in_any_letter_case(string pattern, string topic, bool matches) =>
        ExpectAsync(new TopicPattern(pattern, Exact: true, FoldCase: true), topic, matches);

    [Fact]
    public async Task Several_patterns_that_match_make_one_delivery()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a.b", "a.*", "a.#", "#", "a.b", "end"));
        Assert.Equal(1, (await world.PublishAsync("a.b", "1")).Receivers);
        await world.PublishAsync("end", "2");
        Assert.Equal(["1", "2"], Texts(await reader.WaitAsync(2)));
    }

    [Fact]
    public async Task Old_messages_come_once_although_several_patterns_match()
    {
        await using var world = Start();
        await world.PublishAsync("a.b", 0, 3);
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a.b", "a.*", "#") with { Start = StartKind.Offset });
        await world.PublishAsync("a.b", "3");
        Assert.Equal(Numbers(0, 4), Texts(await reader.WaitForAsync("3")));
    }

    [Fact]
    public async Task A_pattern_reaches_topics_that_come_later()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "new.*"));
        for (var number = 0; number < 5; number++)
            await world.PublishAsync($"new.{number}", $"{number}");
        Assert.Equal(Numbers(0, 5), Texts(await reader.WaitAsync(5)));
    }

    [Fact]
    public async Task The_same_id_on_the_same_connection_replaces()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        Assert.False((await world.AcknowledgedAsync(connection, To("s", "old"))).Replaced);
        await world.Topics.ActivateAsync(connection, "s");
        Assert.True((await world.AcknowledgedAsync(connection, To("s", "new"))).Replaced);
        await world.Topics.ActivateAsync(connection, "s");
        Assert.Equal(0, (await world.PublishAsync("old", "1")).Receivers);
        Assert.Equal(1, (await world.PublishAsync("new", "2")).Receivers);
        Assert.Equal(["2"], Texts(await world.Connections.Of(connection, "s").WaitAsync(1)));
    }

    [Fact]
    public async Task The_same_id_on_another_connection_is_another_subscription()
    {
        await using var world = Start();
        var (one, other) = (world.Connect("one"), world.Connect("other"));
        var first = await world.SubscribeAsync(one, To("go-client", "a"));
        Assert.False((await world.AcknowledgedAsync(other, To("go-client", "a"))).Replaced);
        await world.Topics.ActivateAsync(other, "go-client");
        await world.PublishAsync("a", "1");
        await world.Connections.Of(other, "go-client").WaitAsync(1);
        Assert.True(await world.Topics.UnsubscribeAsync(other, "go-client"));
        await world.PublishAsync("a", "2");
        Assert.Equal(["1", "2"], Texts(await first.WaitAsync(2)));
        Assert.Equal(["1"], Texts(world.Connections.Of(other, "go-client").Items));
    }

    [Fact]
    public async Task Two_subscriptions_of_one_connection_get_one_delivery_each()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        var first = await world.SubscribeAsync(connection, To("s1", "a"));
        var second = await world.SubscribeAsync(connection, To("s2", "#"));
        await world.PublishAsync("a", 0, 3);
        Assert.Equal(Numbers(0, 3), Texts(await first.WaitAsync(3)));
        Assert.Equal(Numbers(0, 3), Texts(await second.WaitAsync(3)));
    }

    [Fact]
    public async Task Unsubscribing_is_true_once()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        var reader = await world.SubscribeAsync(connection, To("s", "a"));
        var other = await world.SubscribeAsync(connection, To("other", "a"));
        await world.PublishAsync("a", "1");
        await reader.WaitAsync(1);
        Assert.True(await world.Topics.UnsubscribeAsync(connection, "s"));
        Assert.False(await world.Topics.UnsubscribeAsync(connection, "s"));
        Assert.False(await world.Topics.UnsubscribeAsync(connection, "none"));
        Assert.Equal(1, (await world.PublishAsync("a", "2")).Receivers);
        await other.WaitAsync(2);
        Assert.Equal(["1"], Texts(reader.Items));
    }

    [Fact]
    public async Task A_closed_connection_has_no_subscriptions_left()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        await world.SubscribeAsync(connection, To("s1", "a"));
        await world.SubscribeAsync(connection, To("s2", "#"));
        world.Close(connection);
        Assert.Equal(0, (await world.PublishAsync("a", "1")).Receivers);
        Assert.False(await world.Topics.UnsubscribeAsync(connection, "s1"));
    }

    [Fact]
    public async Task What_is_asked_of_a_subscription_that_is_not_there_does_nothing()
    {
        await using var world = Start();
        var connection = world.Connect("c");
        await world.Topics.ActivateAsync(connection, "none");
        world.Close(connection);
        await world.Topics.ActivateAsync(connection, "none");
        await world.Topics.GrantAsync(connection, DeliveryCredit.InitialBytes);
        Assert.Equal(0, (await world.PublishAsync("a", "1")).Receivers);
    }

    /// <summary>The subscription has a second, exact pattern whose message ends the wait, so that "does not match" is proven and not
    /// waited for.</summary>
    private async Task ExpectAsync(TopicPattern pattern, string topic, bool matches)
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(
            world.Connect("c"),
            new SubscribeCommand("s", [pattern, new TopicPattern("the end of the test", Exact: true)]));
        Assert.Equal(matches ? 1 : 0, (await world.PublishAsync(topic, "1")).Receivers);
        await world.PublishAsync("the end of the test", "2");
        Assert.Equal(matches ? ["1", "2"] : ["2"], Texts(await reader.WaitForAsync("2")));
    }
}
