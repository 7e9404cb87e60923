using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Workloads;

/// <summary>Get, set or test-and-set of values of 100 bytes. Each connection has keys of its own and takes them in turn.</summary>
internal sealed class CacheWorkload(CacheWork work, int connections, int depth) : RateWorkload
{
    private const int KeysPerConnection = 64;

    private static readonly string[] Echoes = [Peers.Sides.EchoTcp, Peers.Sides.EchoWebSocket, Peers.Sides.EchoRaw];

    public override string Name => $"{Word}-{connections}x{depth}";

    public override string Peer => Peers.Sides.Redis;

    public override IReadOnlyList<string> Sides => [.. Servers, Peers.Sides.Redis, .. work == CacheWork.TestAndSet ? [] : Echoes];

    private string Word => work switch { CacheWork.Get => "get", CacheWork.Set => "set", _ => "test-and-set" };

    public override string? EchoOf(string side) => work == CacheWork.TestAndSet ? null : side switch
    {
        Peers.Sides.GrainsTcp or Peers.Sides.BaselineTcp => Peers.Sides.EchoTcp,
        Peers.Sides.GrainsWebSocket or Peers.Sides.BaselineWebSocket => Peers.Sides.EchoWebSocket,
        _ => null,
    };

    public override IScenario Open(Side side, ServerProcess server)
    {
        var dialect = (ICacheDialect)side.Dialect;
        var scenario = new RequestScenario(server, depth);
        try
        {
            for (var number = 0; number < connections; number++)
            {
                var link = side.Connect(server);
                if (number == 0)
                    dialect.Prepare(link, work);
                string[] keys = [.. Enumerable.Range(0, KeysPerConnection).Select(key => $"c{number}k{key}")];
                if (dialect.Keeps)
                    link.Exchange(Joined(keys.Select(key => dialect.Set(key, Values[0]))), dialect.Replies(CacheWork.Set), keys.Length);
                scenario.Add(link, dialect.Replies(work), new RequestRing(Requests(dialect, keys), depth));
            }

            return scenario;
        }
        catch
        {
            scenario.Dispose();
            throw;
        }
    }

    // A test-and-set must find what it expects: all keys go from the first value to the second, and then back.
    private byte[][] Requests(ICacheDialect dialect, string[] keys) => work switch
    {
        CacheWork.Get => [.. keys.Select(dialect.Get)],
        CacheWork.Set => [.. keys.Select(key => dialect.Set(key, Values[1]))],
        _ =>
        [
            .. keys.Select(key => dialect.TestAndSet(key, Values[0], Values[1])),
            .. keys.Select(key => dialect.TestAndSet(key, Values[1], Values[0])),
        ],
    };

    private static byte[] Joined(IEnumerable<byte[]> requests) => [.. requests.SelectMany(request => request)];
}
