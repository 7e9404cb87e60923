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
        Assert.Equal(["a", "b", "c"], published);
        Assert.Contains("broken", Assert.Single(_errors.All), StringComparison.Ordinal);
        Assert.True(publisher.IsEmpty);
    }

    [Fact]
    public async Task When_so_many_wait_that_is_allowed_one_more_waits_for_a_place_WaitingMax()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = new OrderedPublisher(
            async _ =>
            {
                await gate.Task;
                return new PublishReply();
            },
            _errors.CreateLogger("Grains.Tests"));
        var added = 0;
        var adding = new Thread(() =>
        {
            for (; added < OrderedPublisher.WaitingMax + 1; added++)
                _ = publisher.Add(new TopicMessage("a", Value.Null));
        });
        adding.Start();
        Assert.True(SpinWait.SpinUntil(
            () => adding.ThreadState.HasFlag(ThreadState.WaitSleepJoin) && Volatile.Read(ref added) == OrderedPublisher.WaitingMax,
            RecordingConnections.Patience));
        gate.SetResult();
        Assert.True(adding.Join(RecordingConnections.Patience));
        await publisher.FlushAsync().WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(OrderedPublisher.WaitingMax + 1, added);
    }
}
