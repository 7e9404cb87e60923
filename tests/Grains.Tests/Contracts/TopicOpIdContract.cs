using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>Writes with an op_id: a retry gets the first answer and has no second effect.</summary>
public abstract class TopicOpIdContract : TopicContract
{
    [Fact]
    public async Task A_retried_publish_gets_the_first_answer_and_appends_nothing()
    {
        await using var world = Start();
        var reader = await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        var first = await world.PublishAsync("a", "1", opId: "x");
        await world.PublishAsync("a", "2");
        Assert.Equal(first, await world.PublishAsync("a", "1", opId: "x"));
        Assert.Equal(2, (await world.PublishAsync("a", "3", opId: "y")).Offset);
        Assert.Equal(["1", "2", "3"], Texts(await reader.WaitForAsync("3")));
    }

    [Fact]
    public async Task Publishers_that_race_with_one_op_id_append_once()
    {
        await using var world = Start();
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => world.PublishAsync("a", "1", opId: "x"))));
        Assert.Single(replies.Distinct());
        Assert.Equal(1, (await world.DescribeAsync("a")).NextOffset);
    }

    [Fact]
    public async Task An_op_id_belongs_to_its_topic()
    {
        await using var world = Start();
        await world.PublishAsync("a", "1", opId: "x");
        await world.PublishAsync("b", "1", opId: "x");
        Assert.Equal(1, (await world.DescribeAsync("b")).NextOffset);
    }

    [Fact]
    public async Task An_op_id_lapses_after_five_minutes()
    {
        await using var world = Start();
        await world.SubscribeAsync(world.Connect("c"), To("s", "a"));
        await world.PublishAsync("a", "1", opId: "x");
        world.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await world.PublishAsync("a", "1", opId: "x")).Offset);
        world.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await world.PublishAsync("a", "1", opId: "x")).Offset);
    }

    [Fact]
    public async Task A_full_memory_refuses_new_ids_and_keeps_the_old()
    {
        await using var world = Start(new TopicOptions { OpIdsPerTopicMax = 3 });
        var first = await world.PublishAsync("a", "0", opId: "0");
        await world.PublishAsync("a", "1", opId: "1");
        await world.PublishAsync("a", "2", opId: "2");
        var refused = await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("3")), "3");
        Assert.Equal(ErrorCode.OpIdMemoryFull, refused.Error);
        Assert.NotEmpty(refused.Message!);
        Assert.Equal(ErrorCode.OpIdMemoryFull, (await world.Topics.ExecuteAsync(new TopicCommand("trim", "a") { Before = 1, OpId = "4" })).Error);
        Assert.Equal(first, await world.PublishAsync("a", "0", opId: "0"));
        Assert.Equal(3, (await world.PublishAsync("a", "3")).Offset);
        Assert.Equal(0, (await world.DescribeAsync("a")).FirstOffset);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(4, (await world.PublishAsync("a", "4", opId: "3")).Offset);
    }

    [Fact]
    public async Task What_was_refused_takes_no_place_and_may_be_tried_again()
    {
        await using var world = Start();
        await world.CreateAsync("a", new TopicRetention { MessagesMax = 1, RefuseWhenFull = true });
        await world.PublishAsync("a", "0");
        Assert.Equal(ErrorCode.TopicFull, (await world.Topics.PublishAsync(default, new TopicMessage("a", Value.Json("1")), "x")).Error);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 1 });
        Assert.Equal(1, (await world.PublishAsync("a", "1", opId: "x")).Offset);
    }

    [Fact]
    public async Task A_retried_create_gets_the_first_answer()
    {
        await using var world = Start();
        var create = new TopicCommand("create", "a") { Retention = new TopicRetention { MessagesMax = 5 }, OpId = "x" };
        var first = Assert.Single((await world.ExecuteAsync(create)).Topics);
        await world.PublishAsync("a", "0");
        var again = Assert.Single((await world.ExecuteAsync(create)).Topics);
        Assert.Equal((first.Name, first.Epoch, first.NextOffset), (again.Name, again.Epoch, again.NextOffset));
        Assert.Equal(ErrorCode.TopicExists, (await world.Topics.ExecuteAsync(create with { OpId = "y" })).Error);
    }

    [Fact]
    public async Task A_retried_trim_gets_the_first_answer_and_trims_nothing_more()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 5);
        var trim = new TopicCommand("trim", "a") { Before = 2, OpId = "x" };
        Assert.Equal(2, (await world.ExecuteAsync(trim)).AffectedCount);
        Assert.Equal(2, (await world.ExecuteAsync(trim)).AffectedCount);
        Assert.Equal(2, (await world.ExecuteAsync(trim with { Before = 4 })).AffectedCount);
        Assert.Equal(2, (await world.DescribeAsync("a")).FirstOffset);
    }

    [Fact]
    public async Task A_retried_delete_gets_the_first_answer_and_spares_what_came_since()
    {
        await using var world = Start();
        await world.PublishAsync("a", "0");
        var delete = new TopicCommand("delete", "a") { OpId = "x" };
        await world.ExecuteAsync(delete);
        await world.ExecuteAsync(delete);
        var again = await world.PublishAsync("a", "1");
        await world.ExecuteAsync(delete);
        Assert.Equal((again.Epoch, 1L), ((await world.DescribeAsync("a")).Epoch, (await world.DescribeAsync("a")).NextOffset));
        Assert.Equal(ErrorCode.TopicNotFound, (await world.Topics.ExecuteAsync(new TopicCommand("delete", "none") { OpId = "x" })).Error);
    }

    [Fact]
    public async Task A_publish_retried_after_a_delete_gets_the_first_answer()
    {
        await using var world = Start();
        var first = await world.PublishAsync("a", "0", opId: "x");
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        Assert.Equal(first, await world.PublishAsync("a", "0", opId: "x"));
    }
}
