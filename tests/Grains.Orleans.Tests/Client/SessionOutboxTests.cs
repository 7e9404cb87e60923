using Grains.Orleans.Sessions;
using Grains.Tests;

namespace Grains.Orleans.Tests.Client;

public sealed class SessionOutboxTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_was_fetched_comes_again_until_it_is_acknowledged()
    {
        var outbox = Outbox(new ClientSessionOptions());
        outbox.Add(Item("a"));
        outbox.Add(Item("b"));
        Assert.Equal((1, "a b", false), Read(await outbox.NextAsync(0, Long)));
        Assert.Equal((1, "a b", false), Read(await outbox.NextAsync(0, Long)));
        outbox.Add(Item("c"));
        Assert.Equal((2, "b c", false), Read(await outbox.NextAsync(1, Long)));
        Assert.Equal((4, "", false), Read(await outbox.NextAsync(3, TimeSpan.Zero)));
    }

    [Fact]
    public async Task Whoever_waits_is_told_of_an_acknowledged_event_once()
    {
        var told = new List<string>();
        var outbox = new SessionOutbox(new ClientSessionOptions(), happened => told.Add(((SessionEvent.Reported)happened).CallId));
        outbox.Add(Item("a"));
        outbox.Add(Item("b"));
        await outbox.NextAsync(1, TimeSpan.Zero);
        await outbox.NextAsync(1, TimeSpan.Zero);
        await outbox.NextAsync(2, TimeSpan.Zero);
        await outbox.NextAsync(0, TimeSpan.Zero);
        Assert.Equal(["a", "b"], told);
    }

    [Fact]
    public async Task A_question_is_answered_when_something_happens()
    {
        var outbox = Outbox(new ClientSessionOptions { Time = _time });
        var question = outbox.NextAsync(0, Long);
        Assert.False(question.IsCompleted);
        outbox.Add(Item("a"));
        Assert.Equal((1, "a", false), Read(await question.WaitAsync(Long)));
    }

    [Fact]
    public async Task A_question_is_answered_with_nothing_when_its_time_is_over()
    {
        var outbox = Outbox(new ClientSessionOptions { Time = _time });
        var question = outbox.NextAsync(0, Long);
        _time.Advance(Long);
        Assert.Equal((1, "", false), Read(await question.WaitAsync(Long)));
    }

    [Fact]
    public async Task A_new_question_lets_the_one_before_go()
    {
        var outbox = Outbox(new ClientSessionOptions { Time = _time });
        var first = outbox.NextAsync(0, Long);
        var second = outbox.NextAsync(0, Long);
        Assert.Equal((1, "", false), Read(await first.WaitAsync(Long)));
        outbox.Add(Item("a"));
        Assert.Equal((1, "a", false), Read(await second.WaitAsync(Long)));
    }

    [Fact]
    public async Task An_end_answers_the_question_and_says_so_with_the_last_event()
    {
        var max = (int)Item("a").CostBytes;
        var outbox = Outbox(new ClientSessionOptions { Time = _time, BatchBytesMax = max });
        var question = outbox.NextAsync(0, Long);
        outbox.Close();
        Assert.Equal((1, "", true), Read(await question.WaitAsync(Long)));
        var other = Outbox(new ClientSessionOptions { Time = _time, BatchBytesMax = max });
        other.Add(Item("a"));
        other.Add(Item("b"));
        other.Close();
        other.Add(Item("c"));
        Assert.Equal((1, "a", false), Read(await other.NextAsync(0, Long)));
        Assert.Equal((2, "b", true), Read(await other.NextAsync(1, Long)));
    }

    [Fact]
    public async Task A_stop_answers_the_question_that_waits_and_later_ones_say_it_when_something_happens()
    {
        var outbox = Outbox(new ClientSessionOptions { Time = _time });
        var question = outbox.NextAsync(0, Long);
        outbox.Leave();
        Assert.True((await question.WaitAsync(Long)).Leaving);
        question = outbox.NextAsync(0, Long);
        Assert.False(question.IsCompleted);
        outbox.Add(Item("a"));
        var batch = await question.WaitAsync(Long);
        Assert.True(batch.Leaving);
        Assert.Equal((1, "a", false), Read(batch));
    }

    [Fact]
    public async Task A_stop_that_finds_no_question_answers_the_next_one_at_once()
    {
        var outbox = Outbox(new ClientSessionOptions { Time = _time });
        outbox.Leave();
        var batch = await outbox.NextAsync(0, Long).WaitAsync(Long);
        Assert.True(batch.Leaving);
        Assert.Equal((1, "", false), Read(batch));
        Assert.False(outbox.NextAsync(0, Long).IsCompleted);
    }

    [Fact]
    public async Task An_answer_has_as_many_bytes_as_BatchBytesMax_but_one_event()
    {
        var cost = (int)Item("a").CostBytes;
        var two = Outbox(new ClientSessionOptions { BatchBytesMax = 2 * cost });
        var one = Outbox(new ClientSessionOptions { BatchBytesMax = (2 * cost) - 1 });
        var none = Outbox(new ClientSessionOptions { BatchBytesMax = 1 });
        foreach (var outbox in new[] { two, one, none })
        {
            foreach (var name in new[] { "a", "b", "c" })
                outbox.Add(Item(name));
        }

        Assert.Equal((1, "a b", false), Read(await two.NextAsync(0, Long)));
        Assert.Equal((1, "a", false), Read(await one.NextAsync(0, Long)));
        Assert.Equal((1, "a", false), Read(await none.NextAsync(0, Long)));
    }

    [Fact]
    public async Task It_is_full_at_WaitingBytesMax_and_deliveries_do_not_count()
    {
        var cost = Item("a").CostBytes;
        var outbox = Outbox(new ClientSessionOptions { WaitingBytesMax = 2 * cost });
        var record = new TopicRecord(0, 1, new TopicMessage("t", Value.FromBytes(new byte[100_000])));
        outbox.Add(new SessionEvent.Delivered(1, [new Delivery("t", 1, record)]));
        outbox.Add(Item("a"));
        Assert.False(outbox.IsFull);
        outbox.Add(Item("b"));
        Assert.True(outbox.IsFull);
        await outbox.NextAsync(2, TimeSpan.Zero);
        Assert.False(outbox.IsFull);
    }

    private static SessionOutbox Outbox(ClientSessionOptions options) => new(options, static _ => { });

    private static SessionEvent.Reported Item(string callId) => new SessionEvent.Reported(callId, Value.Null);

    private static (long First, string Names, bool Ended) Read(SessionBatch batch) =>
        (batch.First, string.Join(' ', batch.Events.Cast<SessionEvent.Reported>().Select(item => item.CallId)), batch.Ended);
}
