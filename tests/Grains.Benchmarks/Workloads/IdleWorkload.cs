using System.Diagnostics;
using System.Globalization;
using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>
/// Connections that have each asked one thing and then say nothing. Before memory is read for the first time as many are opened and closed, in
/// waves: so the young generation of a garbage-collected server has its usual size already and does not count as memory of the connections.
/// </summary>
internal sealed class IdleWorkload(int connections) : MemoryWorkload
{
    private const int WaveConnections = 500;

    public override string Name => "idle";

    public override string Title => $"{connections:N0} idle connections";

    public override string Each => "connection";

    public override string? Peer => Peers.Sides.Nats;

    public override IReadOnlyList<string> Sides =>
    [
        Peers.Sides.GrainsTcp, Peers.Sides.GrainsWebSocket, Peers.Sides.BaselineTcp, Peers.Sides.BaselineWebSocket, Peers.Sides.Nats, Peers.Sides.Redis,
        Peers.Sides.EchoTcp, Peers.Sides.EchoWebSocket, Peers.Sides.EchoRaw,
    ];

    public override MemoryFigures Measure(Side side, ServerProcess server)
    {
        CheckOpenFiles();
        var links = new List<Link>();
        try
        {
            for (var wave = 0; wave < connections / WaveConnections; wave++)
            {
                CloseAll(links);
                Open(side, server, links, WaveConnections);
            }

            Thread.Sleep(Rest);
            var before = server.ResidentBytes;
            var clock = Stopwatch.StartNew();
            Open(side, server, links, connections);
            var seconds = clock.Elapsed.TotalSeconds;
            Thread.Sleep(Rest);
            var after = server.ResidentBytes;
            // None of them has been closed meanwhile.
            foreach (var link in links)
                side.Dialect.Ask(link);
            return new MemoryFigures((after - before) / (double)connections, after, seconds);
        }
        finally
        {
            CloseAll(links);
        }
    }

    private static void Open(Side side, ServerProcess server, List<Link> links, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var link = side.Connect(server);
            links.Add(link);
            side.Dialect.Ask(link);
        }
    }

    private static void CloseAll(List<Link> links)
    {
        foreach (var link in links)
            link.Dispose();
        links.Clear();
    }

    // Max open files            20000                20000                files
    private void CheckOpenFiles()
    {
        var line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var limit = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        if (limit != "unlimited" && long.Parse(limit, CultureInfo.InvariantCulture) < connections + WaveConnections + 200)
            throw new LoadException($"A process may open {limit} files here: raise it with \"ulimit -n\".");
    }
}
