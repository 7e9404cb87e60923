using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>What one client can make topics cost the others is bounded.</summary>
public sealed class TopicBudgetTests
{
    // What three op_ids of one character count for, where the answers name a message of one character or nothing.
    private const long ThreeIds = (3 * 258) + 2;

    private static readonly ConnectionId Me = new("me");

    [Fact]
    public async Task All_logs_together_stay_within_the_budget_and_the_largest_pays()
    {
        const int Budget = 100_000;
        var topics = new LocalTopics(new TopicOptions { MemoryBytesMax = Budget }, new ManualTime(), new RecordingConnections());
        await topics.PublishAsync(default, new TopicMessage("small", Value.Json("1")));
        for (var i = 0; i < 400; i++)
            await topics.PublishAsync(default, new TopicMessage("large", Value.FromBytes(new byte[1_000])));

        var list = (await topics.ExecuteAsync(new TopicCommand("list", ""))).Topics;

        Assert.InRange(list.Sum(topic => topic.Bytes), 1, Budget);
        Assert.Equal(0, list.Single(topic => topic.Name == "small").FirstOffset);
        Assert.Equal(400, list.Single(topic => topic.Name == "large").NextOffset);
    }

    [Theory]
    [InlineData(32, ErrorCode.None)]
    [InlineData(33, ErrorCode.InvalidName)]
    public async Task A_topic_has_32_words_at_most_WordsMax(int words, ErrorCode expected)
    {
        var topics = new LocalTopics(new TopicOptions(), new ManualTime(), new RecordingConnections());
        topics.OpenConnection(Me, new ConnectionInfo("test", "test", ""));
        var name = string.Join('.', Enumerable.Repeat("x", words));

        Assert.Equal(expected, (await topics.PublishAsync(default, new TopicMessage(name, Value.Null))).Error);
        Assert.Equal(expected, (await topics.SubscribeAsync(Me, new SubscribeCommand("s", [new TopicPattern(name)]))).Error);
        Assert.Equal(expected, (await topics.ExecuteAsync(new TopicCommand("create", name) { Update = true })).Error);
    }

    [Theory]
    [InlineData("#.a.#.b.#", false, ErrorCode.None)]
    [InlineData("#.a.#.b.#.c.#", false, ErrorCode.InvalidName)]
    [InlineData("#.a.#.b.#.c.#", true, ErrorCode.None)]
    [InlineData("#.#.#.#", false, ErrorCode.None)]
    public async Task A_pattern_has_three_runs_at_most_ManyWordsMax(string pattern, bool exact, ErrorCode expected)
    {
        var topics = new LocalTopics(new TopicOptions(), new ManualTime(), new RecordingConnections());
        topics.OpenConnection(Me, new ConnectionInfo("test", "test", ""));

        Assert.Equal(expected, (await topics.SubscribeAsync(Me, new SubscribeCommand("s", [new TopicPattern(pattern, exact)]))).Error);
    }

    [Fact]
    public async Task A_connection_holds_so_many_patterns_and_a_replaced_subscription_counts_once_PatternsPerConnectionMax()
    {
        var options = new TopicOptions { Names = new TopicNameOptions { PatternsPerConnectionMax = 3 } };
        var topics = new LocalTopics(options, new ManualTime(), new RecordingConnections());
        topics.OpenConnection(Me, new ConnectionInfo("test", "test", ""));
        SubscribeCommand Two(string id) => new(id, [new TopicPattern("a"), new TopicPattern("b")]);

        Assert.Equal(ErrorCode.None, (await topics.SubscribeAsync(Me, Two("s"))).Error);
        Assert.Equal(ErrorCode.None, (await topics.SubscribeAsync(Me, Two("s"))).Error);
        Assert.Equal(ErrorCode.TooManySubscriptions, (await topics.SubscribeAsync(Me, Two("t"))).Error);
        Assert.Equal(ErrorCode.None, (await topics.SubscribeAsync(Me, new SubscribeCommand("t", [new TopicPattern("c")]))).Error);
        Assert.True(await topics.UnsubscribeAsync(Me, "s"));
        Assert.Equal(ErrorCode.None, (await topics.SubscribeAsync(Me, Two("u"))).Error);
    }

    [Theory]
    [InlineData(ThreeIds, ErrorCode.None)]
    [InlineData(ThreeIds - 1, ErrorCode.OpIdMemoryFull)]
    public async Task The_op_ids_of_all_topics_share_a_budget_and_old_ones_stay_OpIdBytesMax(long bytes, ErrorCode third)
    {
        var time = new ManualTime();
        using var topics = new LocalTopics(new TopicOptions { Budgets = new TopicBudgetOptions { OpIdBytesMax = bytes } }, time, new RecordingConnections());
        Task<PublishReply> PublishAsync(string topic, string? opId) => topics.PublishAsync(default, new TopicMessage(topic, Value.Null) { MessageId = "m" }, opId).AsTask();
        var first = await PublishAsync("a", "1");
        Assert.Equal(ErrorCode.None, (await topics.ExecuteAsync(new TopicCommand("trim", "a") { Before = 0, OpId = "2" })).Error);

        Assert.Equal(third, (await PublishAsync("b", "3")).Error);
        Assert.Equal(ErrorCode.OpIdMemoryFull, (await PublishAsync("c", "4")).Error);
        Assert.Equal(ErrorCode.OpIdMemoryFull, (await topics.ExecuteAsync(new TopicCommand("delete", "a") { OpId = "4" })).Error);
        Assert.Equal(first, await PublishAsync("a", "1"));
        Assert.Equal(ErrorCode.None, (await PublishAsync("c", null)).Error);
        Assert.InRange(topics.Held.OpIdBytes, 500, bytes + 2);
        await topics.ExecuteAsync(new TopicCommand("delete", "a"));
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(0, topics.Held.OpIdBytes);
        Assert.Equal(ErrorCode.None, (await PublishAsync("c", "4")).Error);
    }

    [Fact]
    public async Task Subscriptions_that_come_and_go_between_two_messages_leave_one_mark()
    {
        var time = new ManualTime();
        using var topics = new LocalTopics(new TopicOptions(), time, new RecordingConnections());
        topics.OpenConnection(Me, new ConnectionInfo("test", "test", ""));
        await topics.PublishAsync(default, new TopicMessage("a", Value.Null));
        await topics.SubscribeAsync(Me, new SubscribeCommand("s", [new TopicPattern("#")]));
        var after = topics.Held.LogBytes;
        for (var i = 0; i < 1_000; i++)
            await topics.SubscribeAsync(Me, new SubscribeCommand("s", [new TopicPattern("#")]));
        Assert.Equal(after, topics.Held.LogBytes);
    }

    [Fact]
    public async Task Marks_count_in_the_budget_of_all_logs_and_go_when_it_is_used_up()
    {
        const int Budget = 20_000;
        using var topics = new LocalTopics(new TopicOptions { MemoryBytesMax = Budget }, new ManualTime(), new RecordingConnections());
        topics.OpenConnection(Me, new ConnectionInfo("test", "test", ""));
        await topics.ExecuteAsync(new TopicCommand("create", "a") { Retention = new TopicRetention { MessagesMax = 1 } });
        for (var i = 0; i < 5_000; i++)
        {
            await topics.PublishAsync(default, new TopicMessage("a", Value.Null));
            await topics.SubscribeAsync(Me, new SubscribeCommand("s", [new TopicPattern("#")]));
            Assert.InRange(topics.Held.LogBytes, 1, Budget);
        }
    }

    [Fact]
    public void A_mark_left_out_changes_no_answer()
    {
        var random = new Random(3);
        var (marks, all) = (new TimeMarks(), new List<(long AtUs, long Offset)>());
        var offset = 0L;
        for (var at = 0L; at < 3_000; at++)
        {
            offset += random.Next(4) == 0 ? 1 : 0;
            if (random.Next(2) != 0)
                continue;
            marks.Add(at, offset);
            all.Add((at, offset));
        }

        for (var at = -1L; at < 3_001; at++)
            Assert.Equal(all.FindLast(mark => mark.AtUs <= at) is (0, 0) && !all.Exists(mark => mark.AtUs <= at) ? null : all.FindLast(mark => mark.AtUs <= at).Offset, marks.OffsetAt(at));
    }

    [Fact]
    public async Task Asking_for_topics_that_are_not_there_leaves_nothing_behind()
    {
        var topics = new LocalTopics(new TopicOptions { TopicsMax = 10 }, new ManualTime(), new RecordingConnections());
        for (var i = 0; i < 100; i++)
        {
            var reply = await topics.ExecuteAsync(new TopicCommand("delete", $"t{i}") { OpId = "x" });
            Assert.Equal(ErrorCode.TopicNotFound, reply.Error);
        }

        Assert.Equal(ErrorCode.None, (await topics.PublishAsync(default, new TopicMessage("new", Value.Null))).Error);
    }

    [Fact]
    public async Task Names_of_deleted_topics_make_room_for_new_ones()
    {
        var time = new ManualTime();
        var topics = new LocalTopics(new TopicOptions { TopicsMax = 10 }, time, new RecordingConnections());
        for (var i = 0; i < 20; i++)
        {
            await topics.ExecuteAsync(new TopicCommand("create", $"t{i}"));
            await topics.ExecuteAsync(new TopicCommand("delete", $"t{i}"));
        }

        Assert.Equal(ErrorCode.TooManyTopics, (await topics.PublishAsync(default, new TopicMessage("new", Value.Null))).Error);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(ErrorCode.None, (await topics.PublishAsync(default, new TopicMessage("new", Value.Null))).Error);
    }
}
