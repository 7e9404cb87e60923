using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Workloads;

/// <summary>Request and reply through the server: connections call a function that one more connection offers; 100 bytes there and back.</summary>
internal sealed class CallWorkload(int connections, int depth) : RateWorkload
{
    private const int RequestsPerConnection = 128;

    public override string Name => $"call-{connections}x{depth}";

    public override string Peer => Peers.Sides.Nats;

    public override IReadOnlyList<string> Sides => [.. Servers, Peers.Sides.Nats];

    public override IScenario Open(Side side, ServerProcess server)
    {
        var dialect = (ICallDialect)side.Dialect;
        var scenario = new RequestScenario(server, depth);
        try
        {
            var provider = side.Connect(server);
            dialect.Offer(provider);
            scenario.Add(new Responder(provider, dialect.Answers(Values[1])));
            for (var number = 0; number < connections; number++)
            {
                var caller = $"c{number}";
                var link = side.Connect(server);
                dialect.PrepareCaller(link, caller);
                byte[][] requests = [.. Enumerable.Range(0, RequestsPerConnection).Select(id => dialect.Call(caller, $"{id}", Values[0]))];
                scenario.Add(link, dialect.Results(), new RequestRing(requests, depth));
            }

            return scenario;
        }
        catch
        {
            scenario.Dispose();
            throw;
        }
    }
}
