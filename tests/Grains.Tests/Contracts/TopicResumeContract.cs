using System.Collections.Immutable;

namespace Grains.Tests.Contracts;

/// <summary>Subscriptions that were cut and resume: from their positions, and in topics that they have not seen from a time.</summary>
public abstract class TopicResumeContract : TopicContract
{
    [Fact]
    public async Task Resuming_goes_on_at_the_positions()
    {
        await using var world = Start();
        var a = await world.PublishAsync("t.a", 0, 5);
        var b = await world.PublishAsync("t.b", 10, 13);
        var resume = To("s", "t.*") with
        {
            Start = StartKind.Resume,
            StartAtUs = long.MaxValue,
            Resume = Positions(("t.a", a[3].Epoch, 3), ("t.b", b[0].Epoch, 3)),
        };
        var reader = await world.SubscribeAsync(world.Connect("c"), resume);
        await world.PublishAsync("t.a", "5");
        await world.PublishAsync("t.b", "13");
        var items = await reader.WaitAsync(4);
        Assert.Equal(["3", "4", "5"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["13"], Texts(OfTopic(items, "t.b")));
        Assert.Equal(2, items.Count(item => item.Backlog));
    }

    [Fact]
    public async Task Topics_not_named_in_a_resume_start_at_its_time()
    {
        await using var world = Start();
        var a = await world.PublishAsync("t.a", 0, 2);
        var b = await world.PublishAsync("t.b", 10, 13);
        var resume = To("s", "t.*") with
        {
            Start = StartKind.Resume,
            StartAtUs = b[1].AppendedAtUs,
            Resume = Positions(("t.a", a[0].Epoch, 0)),
        };
        var reader = await world.SubscribeAsync(world.Connect("c"), resume);
        await world.PublishAsync("t.c", "20");
        var items = await reader.WaitAsync(5);
        Assert.Equal(["0", "1"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["11", "12"], Texts(OfTopic(items, "t.b")));
        Assert.Equal(["20"], Texts(OfTopic(items, "t.c")));
    }

    [Fact]
    public async Task A_new_subscription_that_is_cut_and_resumed_loses_nothing_and_repeats_nothing()
    {
        await using var world = Start();
        await world.PublishAsync("t.old", 0, 5);
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, To("s", "t.*"));
        await world.Topics.ActivateAsync(first, "s");
        await world.PublishAsync("t.old", 5, 7);
        await world.PublishAsync("t.seen", 10, 12);
        var seen = await world.Connections.Of(first, "s").WaitAsync(4);
        world.Close(first);
        await world.PublishAsync("t.seen", 12, 14);
        await world.PublishAsync("t.old", 7, 8);
        await world.PublishAsync("t.unseen", 20, 23);

        var resume = To("s", "t.*") with { Start = StartKind.Resume, StartAtUs = cut.SubscribedAtUs, Resume = NextOf(seen) };
        var reader = await world.SubscribeAsync(world.Connect("second"), resume);
        await world.PublishAsync("t.seen", "14");
        var items = seen.Concat(await reader.WaitAsync(7)).ToList();
        Assert.Equal(Numbers(5, 8), Texts(OfTopic(items, "t.old")));
        Assert.Equal(Numbers(10, 15), Texts(OfTopic(items, "t.seen")));
        Assert.Equal(Numbers(20, 23), Texts(OfTopic(items, "t.unseen")));
    }

    [Fact]
    public async Task A_subscription_that_saw_nothing_resumes_from_its_time_alone()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 3);
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, To("s", "#"));
        world.Close(first);
        await world.PublishAsync("a", 3, 5);
        var resume = To("s", "#") with { Start = StartKind.Resume, StartAtUs = cut.SubscribedAtUs };
        var reader = await world.SubscribeAsync(world.Connect("second"), resume);
        Assert.Equal(["3", "4"], Texts(await reader.WaitForAsync("4")));
    }

    [Theory]
    [InlineData(StartKind.New)]
    [InlineData(StartKind.Last)]
    [InlineData(StartKind.Offset)]
    [InlineData(StartKind.Time)]
    public async Task A_subscription_that_was_cut_before_it_saw_anything_resumes_where_it_would_have_started(StartKind start)
    {
        await using var world = Start();
        var old = await world.PublishAsync("t.a", 0, 6);
        var command = To("s", "t.*") with { Start = start, StartOffset = 3, StartAtUs = old[1].AppendedAtUs };
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, command);
        world.Close(first);
        await world.PublishAsync("t.a", 6, 9);
        await world.PublishAsync("t.b", 20, 22);
        var resumed = await world.SubscribeAsync(world.Connect("second"), command with { AsOfUs = cut.SubscribedAtUs });
        await world.PublishAsync("t.a", "9");
        var from = start switch { StartKind.New => 6, StartKind.Last => 5, StartKind.Offset => 3, _ => 1 };
        var items = await resumed.WaitAsync(12 - from);
        Assert.Equal(Numbers(from, 10), Texts(OfTopic(items, "t.a")));
        Assert.Equal(Numbers(20, 22), Texts(OfTopic(items, "t.b")));
    }

    [Fact]
    public async Task A_start_at_a_time_that_was_cut_before_it_saw_anything_is_told_of_all_that_came_since()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 3 });
        var old = await world.PublishAsync("a", 0, 5);
        var command = Since("s", old[1].AppendedAtUs, "a");
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, command);
        world.Close(first);
        await world.PublishAsync("a", 5, 15);
        var resumed = await world.SubscribeAsync(world.Connect("second"), command with { AsOfUs = cut.SubscribedAtUs });
        var items = await resumed.WaitForAsync("14");
        Assert.Equal(Numbers(12, 15), Texts(items).TakeLast(3));
        Assert.NotNull(items[0].Gap);
        Assert.InRange(items[0].Gap!.From, 1, 5);
        Assert.Equal(12, items[0].Gap!.To);
    }

    [Fact]
    public async Task A_subscription_resumes_at_its_positions_and_elsewhere_where_it_would_have_started()
    {
        await using var world = Start();
        var a = await world.PublishAsync("t.a", 0, 5);
        await world.PublishAsync("t.b", 10, 15);
        var command = To("s", "t.*") with { Start = StartKind.Offset, StartOffset = -2 };
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, command);
        world.Close(first);
        await world.PublishAsync("t.a", 5, 7);
        await world.PublishAsync("t.b", 15, 16);
        var resume = command with { AsOfUs = cut.SubscribedAtUs, Resume = Positions(("t.a", a[0].Epoch, 6)) };
        var items = await (await world.SubscribeAsync(world.Connect("second"), resume)).WaitAsync(4);
        Assert.Equal(["6"], Texts(OfTopic(items, "t.a")));
        Assert.Equal(["13", "14", "15"], Texts(OfTopic(items, "t.b")));
    }

    [Fact]
    public async Task A_resume_behind_what_is_kept_begins_with_what_is_missing()
    {
        await using var world = Start();
        var replies = await world.PublishAsync("a", 0, 6);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 4 });
        var resume = To("s", "a") with { Start = StartKind.Resume, Resume = Positions(("a", replies[0].Epoch, 2)) };
        var reader = await world.SubscribeAsync(world.Connect("c"), resume);
        var items = await reader.WaitForAsync("5");
        Assert.Equal(["gap 2-4 Retention", "4", "5"], Texts(items));
        Assert.Equal(new TopicGap(GapReason.Retention, replies[0].Epoch, 2, 4, replies[0].Epoch, 4), items[0].Gap);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_resume_into_a_topic_that_was_made_again_tells_what_the_old_one_still_held(int next)
    {
        await using var world = Start();
        var old = await world.PublishAsync("a", 0, 3);
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        var again = await world.PublishAsync("a", "10");
        await world.PublishAsync("a", "11");
        Assert.True(again.Epoch > old[0].Epoch);
        var resume = To("s", "a") with { Start = StartKind.Resume, Resume = Positions(("a", old[0].Epoch, next)) };
        var items = await (await world.SubscribeAsync(world.Connect("c"), resume)).WaitForAsync("11");
        Assert.Equal(next == 3 ? ["10", "11"] : [$"gap {next}-3 Retention", "10", "11"], Texts(items));
        if (next < 3)
            Assert.Equal(new TopicGap(GapReason.Retention, old[0].Epoch, next, 3, again.Epoch, 0), items[0].Gap);
    }

    [Fact]
    public async Task A_resume_from_an_epoch_that_nobody_remembers_tells_of_the_new_one()
    {
        await using var world = Start();
        var published = await world.PublishAsync("a", 0, 2);
        var resume = To("s", "a") with { Start = StartKind.Resume, Resume = Positions(("a", 7, 5)) };
        var items = await (await world.SubscribeAsync(world.Connect("c"), resume)).WaitForAsync("1");
        Assert.Equal(["gap 5- NewEpoch", "0", "1"], Texts(items));
        Assert.Equal(new TopicGap(GapReason.NewEpoch, 7, 5, -1, published[0].Epoch, 0), items[0].Gap);
    }

    [Fact]
    public async Task A_resume_of_a_topic_that_does_not_exist_yet_tells_of_the_new_epoch_when_it_comes()
    {
        await using var world = Start();
        var resume = To("s", "a") with { Start = StartKind.Resume, Resume = Positions(("a", 7, 5)) };
        var reader = await world.SubscribeAsync(world.Connect("c"), resume);
        await world.PublishAsync("a", "0");
        await world.PublishAsync("a", "1");
        Assert.Equal(["gap 5- NewEpoch", "0", "1"], Texts(await reader.WaitForAsync("1")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task A_resume_by_time_is_told_what_retention_took_since(int before)
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 3 });
        await world.PublishAsync("a", 0, before);
        var first = world.Connect("first");
        var cut = await world.AcknowledgedAsync(first, To("s", "#"));
        world.Close(first);
        await world.PublishAsync("a", before, 10);
        var resume = To("s", "#") with { Start = StartKind.Resume, StartAtUs = cut.SubscribedAtUs };
        var reader = await world.SubscribeAsync(world.Connect("second"), resume);
        Assert.Equal([$"gap {before}-7 Retention", "7", "8", "9"], Texts(await reader.WaitForAsync("9")));
    }

    private static ImmutableDictionary<string, TopicPosition> Positions(params IEnumerable<(string Topic, long Epoch, long Next)> positions) =>
        positions.ToImmutableDictionary(position => position.Topic, position => new TopicPosition(position.Epoch, position.Next));

    /// <summary>The next position wanted of each topic, as a client that was cut gives them back.</summary>
    private static ImmutableDictionary<string, TopicPosition> NextOf(IEnumerable<Delivery> items) =>
        items.GroupBy(item => item.Topic).ToImmutableDictionary(
            topic => topic.Key,
            topic => new TopicPosition(topic.Last().Epoch, topic.Last().Record!.Offset + 1));
}
