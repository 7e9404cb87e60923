using System.Diagnostics;
using System.Globalization;
using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>
/// Connections that have each asked one thing and then say nothing. Memory is read for the first time when a few are open, so that code and pools are
/// there. What opening leaves to a garbage collector counts: opening and closing as many before would hide some kilobytes of each in a heap that
/// has grown already.
/// </summary>
internal sealed class IdleWorkload(int connections) : MemoryWorkload
{
    private const int FirstConnections = 100;

    public override string Name => "idle";

    public override string Title => $"{connections:N0} idle connections";

    public override string? Peer => Peers.Sides.Nats;

    public override IReadOnlyList<string> Sides =>
    [
        Peers.Sides.GrainsTcp, Peers.Sides.GrainsWebSocket, Peers.Sides.BaselineTcp, Peers.Sides.BaselineWebSocket,
        Peers.Sides.Nats, Peers.Sides.Redis, Peers.Sides.EchoTcp, Peers.Sides.EchoWebSocket, Peers.Sides.EchoRaw,
    ];

    public override MemoryFigures Measure(Side side, ServerProcess server)
    {
        CheckOpenFiles();
        var links = new List<Link>();
        try
        {
            Open(side, server, links, FirstConnections);
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
            foreach (var link in links)
                link.Dispose();
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

    // Max open files            20000                20000                files
    private void CheckOpenFiles()
    {
        var line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var limit = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        if (limit != "unlimited" && long.Parse(limit, CultureInfo.InvariantCulture) < connections + FirstConnections + 200)
            throw new LoadException($"A process may open {limit} files here: raise it with \"ulimit -n\".");
    }
}
