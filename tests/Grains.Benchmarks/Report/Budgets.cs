using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Workloads;

namespace Grains.Benchmarks.Report;

/// <summary>What the server's speed is held to: ratios within one run, and two sizes of memory. A change that misses a "must" is not finished; a
/// "goal" is where the work goes next.</summary>
internal static class Budgets
{
    private const double LatencyMust = 1.5;
    private const double LatencyGoal = 1.0;

    public static readonly IReadOnlyList<Budget> All =
    [
        .. OneAtATime("get-50x1"),
        .. OneAtATime("set-50x1"),
        Rate("get-50x16", Sides.GrainsTcp, Sides.Redis, 0.7, 1.0),
        Rate("set-50x16", Sides.GrainsTcp, Sides.Redis, 0.7, 1.0),
        Rate("get-50x16", Sides.GrainsWebSocket, Sides.EchoWebSocket, 0.9, 1.2),
        Rate("test-and-set-50x1", Sides.GrainsTcp, Sides.Redis, 0.85, 1.2),
        .. Publish(1),
        .. Publish(10),
        .. Publish(100),
        Rate("call-50x1", Sides.GrainsTcp, Sides.Nats, 0.7, 1.0),
        Rate("call-1x50", Sides.GrainsTcp, Sides.Nats, 0.6, 1.0),
        Latency("get-50x1", Sides.GrainsTcp, Sides.Redis),
        Latency("get-50x1", Sides.GrainsWebSocket, Sides.Redis),
        Latency("set-50x1", Sides.GrainsTcp, Sides.Redis),
        Latency("set-50x1", Sides.GrainsWebSocket, Sides.Redis),
        Latency("get-50x16", Sides.GrainsTcp, Sides.Redis),
        Latency("set-50x16", Sides.GrainsTcp, Sides.Redis),
        Latency("get-50x16", Sides.GrainsWebSocket, Sides.EchoWebSocket),
        Latency("test-and-set-50x1", Sides.GrainsTcp, Sides.Redis),
        Latency("publish-1", Sides.GrainsTcp, Sides.Nats),
        Latency("publish-10", Sides.GrainsTcp, Sides.Nats),
        Latency("publish-100", Sides.GrainsTcp, Sides.Nats),
        Latency("call-50x1", Sides.GrainsTcp, Sides.Nats),
        Latency("call-1x50", Sides.GrainsTcp, Sides.Nats),
        Connection(Sides.GrainsWebSocket, 12, 9),
        Connection(Sides.GrainsTcp, 8, 6),
        new("memory per key of 100 bytes", Sides.Redis,
            results => results.MemoryRatio("keys", Sides.GrainsTcp, Sides.Redis, figures => figures.BytesEach), 2.0, 1.3, AtMost: true),
    ];

    private static IEnumerable<Budget> OneAtATime(string workload) =>
    [
        Rate(workload, Sides.GrainsTcp, Sides.EchoTcp, 0.95, null),
        Rate(workload, Sides.GrainsTcp, Sides.Redis, null, 1.0),
        Rate(workload, Sides.GrainsWebSocket, Sides.EchoWebSocket, 0.95, null),
        Rate(workload, Sides.GrainsWebSocket, Sides.Redis, null, 1.0),
    ];

    private static IEnumerable<Budget> Publish(int subscribers)
    {
        var workload = $"publish-{subscribers}";
        return
        [
            Rate(workload, Sides.GrainsTcp, Sides.Nats, 0.4, 0.6),
            new($"{workload}, {Sides.GrainsTcp}, bytes", Sides.Nats,
                results => results.PeakRatio(workload, Sides.GrainsTcp, Sides.Nats, figures => figures.BytesPerSecond), 0.8, 1.2),
        ];
    }

    private static Budget Rate(string workload, string side, string peer, double? must, double? goal) => new(
        $"{workload}, {side}", peer, results => results.PeakRatio(workload, side, peer, figures => figures.OperationsPerSecond), must, goal);

    private static Budget Latency(string workload, string side, string peer)
    {
        var transport = side == Sides.GrainsTcp ? SideTransport.Tcp : SideTransport.WebSocket;
        return new(
            $"{workload}, {side}, p99 at half", peer,
            results => results.PacedRatio(workload, transport, side, peer, figures => figures.P99Us), LatencyMust, LatencyGoal, AtMost: true);
    }

    private static Budget Connection(string side, double must, double goal) => new(
        $"memory per idle connection, {side}", "kB",
        results => Kilobytes(results.Memory("idle", side, figures => figures.BytesEach)), must, goal, AtMost: true);

    private static Spread? Kilobytes(Spread? bytes) => bytes is { } known ? new Spread(known.Median / 1e3, known.Min / 1e3, known.Max / 1e3) : null;
}
