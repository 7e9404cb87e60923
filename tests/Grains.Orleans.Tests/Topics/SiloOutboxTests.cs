using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Grains.Orleans.Cluster;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Topics;

/// <summary>What a host sends to one silo goes on whatever fails, and nothing of it is lost.</summary>
public sealed class SiloOutboxTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly EngineErrors _errors = new();
    private readonly ConcurrentQueue<(string Topic, long Offset)> _arrived = new();
    private readonly HostedTopics _hosted;
    private Func<TopicPush, Task> _receive = static _ => Task.CompletedTask;
    private volatile bool _isGone;
    private volatile SiloOutbox? _outbox;
    private (string Topic, long Offset) _awaited;
    private TaskCompletionSource _hasArrived = new();

    public SiloOutboxTests()
    {
        var clock = new TopicClock(_time);
        _hosted = new HostedTopics(new TopicOptions(), _time, clock, silo => _outbox = new SiloOutbox(
            silo, _time, clock, PushAsync, () => !_isGone, _errors.CreateLogger("Grains.Tests")));
        _hosted.Enter(SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1), new Interest(1, [new TopicPattern("#")]));
    }

    [Fact]
    public async Task A_topic_that_cannot_be_sent_holds_up_no_other_and_comes_when_it_can()
    {
        var broken = true;
        _receive = push => broken && push.Parts.Any(part => part.Topic == "bad") ? throw new InvalidOperationException("bad") : Task.CompletedTask;
        Publish("bad", 0);
        for (var number = 0; number < 3; number++)
        {
            Publish("good", number);
            Publish("bad", number + 1);
        }

        await WaitForAsync("good", 2);
        Assert.DoesNotContain("bad", _arrived.Select(record => record.Topic));
        Assert.NotEmpty(_errors.All);
        Volatile.Write(ref broken, false);
        await WaitForAsync("bad", 3);
        Assert.Equal([0L, 1, 2, 3], OffsetsOf("bad"));
        Assert.Equal([0L, 1, 2], OffsetsOf("good"));
    }

    [Fact]
    public async Task What_is_not_answered_is_sent_again_and_nothing_overtakes_it()
    {
        var failures = 3;
        _receive = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new TimeoutException() : Task.CompletedTask;
        for (var number = 0; number < 5; number++)
            Publish("a", number);
        await WaitForAsync("a", 4);
        Assert.Equal([0L, 1, 2, 3, 4], OffsetsOf("a"));
        Assert.Empty(_errors.All);
    }

    [Fact]
    public async Task Records_of_an_epoch_that_has_ended_come_too_when_they_could_not_be_sent_at_once()
    {
        var broken = new TaskCompletionSource();
        var failed = new TaskCompletionSource();
        _receive = _ =>
        {
            if (broken.Task.IsCompleted)
                return Task.CompletedTask;
            failed.TrySetResult();
            throw new InvalidOperationException("bad");
        };
        Publish("a", 0);
        await failed.Task.WaitAsync(RecordingConnections.Patience);
        Publish("a", 1);
        Assert.Equal(ErrorCode.None, _hosted.Host.Execute(new TopicCommand("delete", "a")).Error);
        Publish("a", 2);
        Publish("b", 0);
        broken.SetResult();
        await WaitForAsync("b", 0);
        Publish("a", 3);
        await WaitForAsync("a", 1, times: 2);
        Assert.Equal([0L, 1, 0, 1], OffsetsOf("a"));
    }

    [Fact]
    public async Task To_a_silo_that_is_gone_nothing_is_sent_and_nobody_waits_for_it()
    {
        var asked = new TaskCompletionSource();
        _receive = _ =>
        {
            asked.TrySetResult();
            throw new NodeLostException("gone", new TimeoutException());
        };
        Publish("a", 0);
        await asked.Task.WaitAsync(RecordingConnections.Patience);
        var waiting = _hosted.SentAsync("a", PlaceAfter("a"));
        _isGone = true;
        await waiting.WaitAsync(RecordingConnections.Patience);
        Publish("a", 1);
        Assert.True(_hosted.SentAsync("a", PlaceAfter("a")).IsCompleted);
        Assert.Empty(_arrived);
    }

    [Fact]
    public async Task Nobody_waits_for_a_silo_that_has_kept_others_waiting()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _receive = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        Publish("a", 0);
        await asked.Task.WaitAsync(RecordingConnections.Patience);
        Publish("a", 1);
        var waiting = _hosted.SentAsync("a", PlaceAfter("a"));
        Assert.False(waiting.IsCompleted);
        _time.Advance(SiloOutbox.LateAfter + TimeSpan.FromMilliseconds(1));
        Publish("a", 2);
        Assert.True(_hosted.SentAsync("a", PlaceAfter("a")).IsCompleted);
        answer.SetResult();
        await WaitForAsync("a", 2);
        await waiting.WaitAsync(RecordingConnections.Patience);
        Assert.False(_outbox!.IsLate);
    }

    [Fact]
    public async Task What_has_not_been_acknowledged_is_sent_again_by_the_silo_that_a_topic_moves_to()
    {
        Publish("a", 0);
        await _hosted.SentAsync("a", PlaceAfter("a")).WaitAsync(RecordingConnections.Patience);
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _receive = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        Publish("a", 1);
        await asked.Task.WaitAsync(RecordingConnections.Patience);
        var image = _hosted.Take("a", long.MaxValue)!;
        Assert.Equal(2, image.Records.Length);
        Assert.Equal(1, Assert.Single(image.Cursors).Value);
        // The answer never came: the call died with the host. Where the topic has moved to the second message goes out again, the first does not.
        _isGone = true;
        answer.SetException(new NodeLostException("gone", new TimeoutException()));
        using var next = new HostedTopics(new TopicOptions(), _time, new TopicClock(_time), silo => new SiloOutbox(
            silo, _time, new TopicClock(_time), PushAsync, static () => true, _errors.CreateLogger("Grains.Tests")));
        next.Enter(image.Cursors[0].Key, new Interest(1, [new TopicPattern("#")]));
        _receive = static _ => Task.CompletedTask;
        next.Put("a", image);
        await WaitForAsync("a", 1);
        Assert.Equal([0L, 1], OffsetsOf("a"));
    }

    public void Dispose()
    {
        _hosted.Dispose();
        _errors.Dispose();
    }

    private async Task<ImmutableArray<PlaceInTopic>> PushAsync(TopicPush push)
    {
        await _receive(push);
        foreach (var part in push.Parts)
        {
            foreach (var record in part.Records)
                _arrived.Enqueue((part.Topic, record.Offset));
        }

        lock (_arrived)
        {
            if (_arrived.Contains(_awaited))
                _hasArrived.TrySetResult();
        }

        return [];
    }

    private void Publish(string topic, int number) =>
        Assert.Equal(ErrorCode.None, _hosted.Host.Publish(default, new TopicMessage(topic, Value.Json($"{number}")), null).Error);

    private TopicPosition PlaceAfter(string topic)
    {
        var log = _hosted.Log(topic, 0, 0, 1).Log!;
        return new TopicPosition(log.Epoch, log.NextOffset);
    }

    private IEnumerable<long> OffsetsOf(string topic) => _arrived.Where(record => record.Topic == topic).Select(record => record.Offset);

    private async Task WaitForAsync(string topic, long offset, int times = 1)
    {
        while (true)
        {
            lock (_arrived)
            {
                if (_arrived.Count(record => record == (topic, offset)) >= times)
                    return;
                (_awaited, _hasArrived) = ((topic, offset), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            await _hasArrived.Task.WaitAsync(RecordingConnections.Patience);
        }
    }
}
