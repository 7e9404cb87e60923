using Grains.Engine;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The topics of two silos of a test's own, with the connections spread over both.</summary>
internal static class TopicCluster
{
    public static TopicsUnderTest Start(TopicOptions? options = null)
    {
        var time = new ManualTime();
        var connections = new RecordingConnections();
        var silos = TwoSilos.Start(new EngineSettings() with { Topics = options ?? new TopicOptions() }, time, connections);
        return new TopicsUnderTest(
            new SpreadTopics(silos),
            time,
            connections,
            connection => Wait(silos.EngineOf(connection).OpenAsync(connection, new ConnectionInfo("test", "in-process", ""))),
            connection => Wait(silos.EngineOf(connection).CloseAsync(connection)),
            silos.DisposeAsync);
    }

    private static void Wait(ValueTask work) => work.AsTask().WaitAsync(RecordingConnections.Patience).GetAwaiter().GetResult();
}
