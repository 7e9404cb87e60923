using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.ByteCarrying;

/// <summary>The topic contracts with every port call, inbound and outbound, carried through bytes.</summary>
public static class ByteCarryingTopicContracts
{
    public sealed class Publishing : TopicPublishContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Patterns : TopicPatternContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Starts : TopicStartContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Gaps : TopicGapContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Credit : TopicCreditContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Logs : TopicLogContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Reads : TopicReadContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class OpIds : TopicOpIdContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Presence : TopicPresenceContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    public sealed class Limits : TopicLimitContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartCarried(options);
    }

    private static TopicsUnderTest StartCarried(TopicOptions? options)
    {
        var time = new ManualTime();
        var connections = new RecordingConnections();
        var topics = new LocalTopics(options ?? new TopicOptions(), time, new ByteCarryingConnections(connections));
        return new TopicsUnderTest(
            new ByteCarryingTopics(topics),
            time,
            connections,
            connection => topics.OpenConnection(Bytes.Carry(connection), new ConnectionInfo("test", "in-process", "")),
            connection => topics.CloseConnection(Bytes.Carry(connection)),
            () =>
            {
                topics.Dispose();
                return ValueTask.CompletedTask;
            });
    }
}
