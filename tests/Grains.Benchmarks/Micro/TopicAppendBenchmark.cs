using BenchmarkDotNet.Attributes;
using Grains.Engine;
using Grains.Local;
using Grains.Topics;

namespace Grains.Benchmarks.Micro;

/// <summary>What does it cost to append a message of 100 bytes to a topic: to its log alone, and as a publish that also hands it to subscriptions,
/// each of a connection of its own?</summary>
[MemoryDiagnoser]
public class TopicAppendBenchmark
{
    private readonly ForgettingConnections _connections = new();
    private readonly TopicMessage _message = new("orders.eu", Value.Json($"\"{new string('a', 100)}\"")) { MessageId = "m", Timestamp = 1 };
    private ConnectionId[] _subscribers = [];
    private LocalTopics _topics = null!;
    private TopicLog _log = null!;
    private long _now;
    private long _creditBytes;

    [Params(0, 1, 100)]
    public int Subscriptions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _log = new TopicLog(1, 0, new TopicRetention());
        _topics = new LocalTopics(new TopicOptions(), TimeProvider.System, _connections);
        _subscribers = [.. Enumerable.Range(0, Subscriptions).Select(number => new ConnectionId($"c{number}"))];
        foreach (var subscriber in _subscribers)
            Subscribe(subscriber);
        var record = new TopicLog(1, 0, new TopicRetention()).Append(_message, 1);
        _creditBytes = new Delivery("orders.eu", 1, record).CostBytes;
        if (Publish() != Subscriptions || _connections.Deliveries != Subscriptions)
            throw new InvalidOperationException($"{_connections.Deliveries} deliveries.");
    }

    [GlobalCleanup]
    public void Cleanup() => _topics.Dispose();

    [Benchmark]
    public long Append() => _log.Append(_message, ++_now).Offset;

    /// <summary>The credit of each delivery is given back, as the gateway does when it has sent it.</summary>
    [Benchmark]
    public int Publish()
    {
        var reply = Ended(_topics.PublishAsync(default, _message));
        foreach (var subscriber in _subscribers)
            Ended(_topics.GrantAsync(subscriber, _creditBytes));
        return reply.Receivers;
    }

    private void Subscribe(ConnectionId subscriber)
    {
        _topics.OpenConnection(subscriber, new ConnectionInfo("none", "none", ""));
        if (Ended(_topics.SubscribeAsync(subscriber, new SubscribeCommand("s", [new TopicPattern("orders.eu")]))).Error != ErrorCode.None)
            throw new InvalidOperationException("The subscription was refused.");
        Ended(_topics.ActivateAsync(subscriber, "s"));
    }

    private static T Ended<T>(ValueTask<T> task) =>
        task.IsCompletedSuccessfully ? task.Result : throw new InvalidOperationException("The engine did not answer at once.");

    private static void Ended(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
            throw new InvalidOperationException("The engine did not answer at once.");
    }
}
