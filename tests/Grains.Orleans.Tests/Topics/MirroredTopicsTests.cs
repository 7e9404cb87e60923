using Grains.Engine;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Topics;

/// <summary>What a silo keeps of the topics that its connections read: of all of them, and no more than it has memory for.</summary>
public sealed class MirroredTopicsTests : IDisposable
{
    private static readonly ConnectionId Reader = new("reader");

    private readonly ManualTime _time = new();
    private readonly RecordingConnections _connections = new();
    private readonly TopicClock _clock;
    private readonly List<IDisposable> _parts = [];
    private MirroredTopics _mirrors = null!;

    public MirroredTopicsTests() => _clock = new TopicClock(_time);

    [Fact]
    public async Task A_reader_gets_the_topics_of_many_hosts_though_each_has_as_many_as_there_may_be_TopicsMax()
    {
        var options = new TopicOptions { TopicsMax = 2 };
        Mirror(options);
        Subscribe();
        for (var host = 0; host < 3; host++)
        {
            var hosted = Host(options);
            for (var topic = 0; topic < options.TopicsMax; topic++)
                Publish(hosted, $"topic-{host}-{topic}", 10);
            Assert.Equal(ErrorCode.TooManyTopics, hosted.Host.Publish(default, new TopicMessage("more", Value.Null), null).Error);
        }

        var delivered = await _connections.Of(Reader, "s").WaitAsync(6);
        Assert.Equal(6, delivered.Select(item => item.Record!.Message.Topic).Distinct().Count());
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private void Mirror(TopicOptions options) => _parts.Add(_mirrors = new MirroredTopics(
        options, _time, _clock, _connections, static topic => throw new InvalidOperationException($"Nothing of {topic} is missing."), _ => { }, _ => { }));

    /// <summary>A host whose topics go to the mirrors.</summary>
    private HostedTopics Host(TopicOptions options)
    {
        var hosted = new HostedTopics(options, _time, _clock, silo => SiloOutbox.ToItself(silo, part => _mirrors.Apply(part)));
        hosted.Enter(SiloAddress.Zero, new Interest(1, [new TopicPattern("#")]));
        _parts.Add(hosted);
        return hosted;
    }

    private void Subscribe()
    {
        _mirrors.Desk.Open(Reader);
        Assert.Equal(ErrorCode.None, _mirrors.Desk.Subscribe(Reader, new SubscribeCommand("s", [new TopicPattern("#")])).Error);
        _mirrors.Desk.Activate(Reader, "s");
    }

    private static void Publish(HostedTopics hosted, string topic, int bytes) => Assert.Equal(
        ErrorCode.None, hosted.Host.Publish(default, new TopicMessage(topic, Value.From(new string('x', bytes))), null).Error);
}
