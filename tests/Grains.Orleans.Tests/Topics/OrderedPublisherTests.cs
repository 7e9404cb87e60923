using System.Collections.Concurrent;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Topics;

/// <summary>The engine's own messages: in order, whatever becomes of one of them, and never too many in memory.</summary>
public sealed class OrderedPublisherTests : IDisposable
{
    private readonly EngineErrors _errors = new();

    public void Dispose() => _errors.Dispose();

    [Fact]
    public async Task A_message_that_fails_is_logged_and_answered_and_the_next_goes_on()
    {
        var published = new ConcurrentQueue<string>();
        var publisher = new OrderedPublisher(
            async message =>
            {
                await Task.Yield();
                published.Enqueue(message.Topic);
                return message.Topic == "b" ? throw new InvalidOperationException("broken") : new PublishReply();
            },
            _errors.CreateLogger("Grains.Tests"));
        var replies = await Task.WhenAll(new[] { "a", "b", "c" }.Select(topic => publisher.Add(new TopicMessage(topic, Value.Null))));
        await publisher.FlushAsync();
        Assert.Equal([ErrorCode.None, ErrorCode.Internal, ErrorCode.None], replies.Select(reply => reply.Error));
        Assert.Equal(["a", "b", "c"], published.Order(StringComparer.Ordinal));
        Assert.Contains("broken", Assert.Single(_errors.All), StringComparison.Ordinal);
        Assert.True(publisher.FlushAsync().IsCompleted);
    }

    [Fact]
    public async Task A_topic_that_does_not_answer_holds_up_no_other()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = Held(gate.Task);
        var held = publisher.Add(new TopicMessage("held", Value.Null));
        Assert.Equal(ErrorCode.None, (await publisher.Add(new TopicMessage("free", Value.Null)).WaitAsync(RecordingConnections.Patience)).Error);
        Assert.True(publisher.FlushAsync("free").IsCompleted);
        Assert.False(publisher.FlushAsync("held").IsCompleted);
        Assert.False(publisher.FlushAsync().IsCompleted);
        gate.SetResult();
        Assert.Equal(ErrorCode.None, (await held.WaitAsync(RecordingConnections.Patience)).Error);
    }

    [Fact]
    public async Task When_so_many_wait_that_is_allowed_one_more_is_refused_at_once_WaitingMax()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = Held(gate.Task);
        Task<PublishReply>[] added = [.. Enumerable.Range(0, OrderedPublisher.WaitingMax).Select(_ => publisher.Add(new TopicMessage("held", Value.Null)))];
        Assert.Equal(ErrorCode.TopicFull, (await publisher.Add(new TopicMessage("held", Value.Null))).Error);
        Assert.Equal(ErrorCode.None, (await publisher.Add(new TopicMessage("free", Value.Null))).Error);
        gate.SetResult();
        Assert.All(await Task.WhenAll(added).WaitAsync(RecordingConnections.Patience), reply => Assert.Equal(ErrorCode.None, reply.Error));
        Assert.Equal(ErrorCode.None, (await publisher.Add(new TopicMessage("held", Value.Null))).Error);
    }

    [Fact]
    public async Task When_so_many_wait_in_all_that_is_allowed_no_topic_takes_one_more_WaitingInAllMax()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = Held(gate.Task);
        Task<PublishReply>[] added = [.. Enumerable.Range(0, OrderedPublisher.WaitingInAllMax)
            .Select(i => publisher.Add(new TopicMessage($"held-{i % 100}", Value.Null)))];
        Assert.Equal(ErrorCode.TopicFull, (await publisher.Add(new TopicMessage("held-0", Value.Null))).Error);
        Assert.Equal(ErrorCode.TopicFull, (await publisher.Add(new TopicMessage("free", Value.Null))).Error);
        gate.SetResult();
        Assert.All(await Task.WhenAll(added).WaitAsync(RecordingConnections.Patience), reply => Assert.Equal(ErrorCode.None, reply.Error));
        Assert.True(publisher.FlushAsync().IsCompleted);
    }

    [Fact]
    public async Task Who_adds_many_and_waits_for_room_between_them_is_refused_none()
    {
        var publisher = new OrderedPublisher(
            async message =>
            {
                await Task.Yield();
                return new PublishReply();
            },
            _errors.CreateLogger("Grains.Tests"),
            // However busy the machine is with other tests.
            stuckAfter: RecordingConnections.Patience);
        var added = new List<Task<PublishReply>>();
        await Task.Run(() =>
        {
            for (var i = 0; i < 5 * OrderedPublisher.WaitingMax; i++)
            {
                publisher.WaitForRoom();
                added.Add(publisher.Add(new TopicMessage("a", Value.Null)));
            }
        });
        Assert.All(await Task.WhenAll(added).WaitAsync(RecordingConnections.Patience), reply => Assert.Equal(ErrorCode.None, reply.Error));
    }

    [Fact]
    public async Task Nobody_waits_for_room_again_and_again_on_a_topic_that_does_not_answer()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = Held(gate.Task);
        Task<PublishReply>[] added = [.. Enumerable.Range(0, OrderedPublisher.WaitingMax).Select(_ => publisher.Add(new TopicMessage("held", Value.Null)))];
        await Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                publisher.WaitForRoom();
        }).WaitAsync(RecordingConnections.Patience);
        gate.SetResult();
        await Task.WhenAll(added).WaitAsync(RecordingConnections.Patience);
    }

    /// <summary>Publishes nothing on topics whose names begin with "held" until it may.</summary>
    private OrderedPublisher Held(Task gate) => new(
        async message =>
        {
            if (message.Topic.StartsWith("held", StringComparison.Ordinal))
                await gate;
            return new PublishReply();
        },
        _errors.CreateLogger("Grains.Tests"));
}
