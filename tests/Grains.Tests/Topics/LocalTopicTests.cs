using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>The topic contracts on the Local engine.</summary>
public static class LocalTopicTests
{
    public sealed class Publishing : TopicPublishContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Patterns : TopicPatternContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Starts : TopicStartContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Resumes : TopicResumeContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Gaps : TopicGapContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Credit : TopicCreditContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Logs : TopicLogContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Reads : TopicReadContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class OpIds : TopicOpIdContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Presence : TopicPresenceContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    public sealed class Limits : TopicLimitContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => StartLocal(options);
    }

    private static TopicsUnderTest StartLocal(TopicOptions? options)
    {
        var time = new ManualTime();
        var connections = new RecordingConnections();
        var topics = new LocalTopics(options ?? new TopicOptions(), time, connections);
        return new TopicsUnderTest(
            topics,
            time,
            connections,
            connection => topics.OpenConnection(connection, new ConnectionInfo("test", "in-process", "")),
            topics.CloseConnection,
            () =>
            {
                topics.Dispose();
                return ValueTask.CompletedTask;
            });
    }
}
