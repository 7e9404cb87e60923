using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Workloads;

/// <summary>One publisher, one topic, messages of 100 bytes, some subscribers with a connection each.</summary>
internal sealed class PublishWorkload(int subscribers, int window) : RateWorkload
{
    private const int PreparedMessages = 256;

    public override string Name => $"publish-{subscribers}";

    public override string Peer => Peers.Sides.Nats;

    public override bool CountsDeliveries => true;

    public override int OperationsPerScheduled => subscribers;

    public override IReadOnlyList<string> Sides => [.. Servers, Peers.Sides.Nats];

    public override IScenario Open(Side side, ServerProcess server)
    {
        var dialect = (ITopicDialect)side.Dialect;
        var scenario = new PublishScenario(server, window, dialect.Acknowledges);
        try
        {
            var publisher = side.Connect(server);
            // Twice the window: what a subscriber has still to get is never dropped from the log.
            dialect.MakeTopic(publisher, 2 * window);
            for (var number = 0; number < subscribers; number++)
            {
                var link = side.Connect(server);
                dialect.Subscribe(link);
                scenario.AddSubscriber(link, dialect.Deliveries());
            }

            byte[][] messages = [.. Enumerable.Range(0, PreparedMessages).Select(id => dialect.Publish($"{id}", Values[0]))];
            scenario.AddPublisher(publisher, dialect.Acknowledgements(), new RequestRing(messages, PreparedMessages));
            return scenario;
        }
        catch
        {
            scenario.Dispose();
            throw;
        }
    }
}
