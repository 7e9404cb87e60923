using System.Globalization;
using System.Text;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Workloads;

namespace Grains.Benchmarks.Report;

/// <summary>Everything that was measured, as Markdown.</summary>
internal sealed class Tables(Results results, Sides sides)
{
    private const string NotInstalled = "not installed";

    public string Rates(IReadOnlyList<RateWorkload> workloads)
    {
        var table = new MarkdownTable(
            "workload", "side", "thousand/s", "p50 µs", "p99 µs", "p99.9 µs", "server CPU µs each", "MB/s to subscribers", "resident MB",
            "client CPU", "× peer", "× echo", "× baseline");
        foreach (var workload in workloads)
        {
            foreach (var side in SidesOf(workload.Sides))
            {
                if (results.HasPeak(workload.Name, side.Name) || WhyNot(workload.Name, side) is not null)
                    table.Add([workload.Name, side.Title, .. RateCells(workload, side)]);
            }
        }

        return table.ToString();
    }

    public string Latencies(IReadOnlyList<RateWorkload> workloads)
    {
        var table = new MarkdownTable(
            "workload", "side", "thousand/s", "p50 µs", "p99 µs", "all: p99 µs", "all: p99.9 µs", "client CPU", "p99 × peer", "p99 × baseline");
        foreach (var workload in workloads)
        {
            foreach (var transport in new[] { SideTransport.Tcp, SideTransport.WebSocket })
            {
                foreach (var side in SidesOf(workload.Sides).Where(side => Paced(workload, transport, side, figures => figures.P99Us) is not null))
                    table.Add([workload.Name, side.Title, .. LatencyCells(workload, transport, side)]);
            }
        }

        return table.ToString();
    }

    public string Memories(IReadOnlyList<MemoryWorkload> workloads)
    {
        var table = new MarkdownTable("workload", "side", "bytes each", "resident MB", "seconds", "× peer", "× baseline");
        foreach (var workload in workloads)
        {
            foreach (var side in SidesOf(workload.Sides))
            {
                if (results.Memory(workload.Name, side.Name, figures => figures.BytesEach) is not null || WhyNot(workload.Name, side) is not null)
                    table.Add([workload.Title, side.Title, .. MemoryCells(workload, side)]);
            }
        }

        return table.ToString();
    }

    public string BudgetLines()
    {
        var table = new MarkdownTable("budget", "than", "must", "goal", "measured", "must", "goal");
        foreach (var budget in Budgets.All)
        {
            if (budget.Figure(results) is not { } figure)
                continue;
            table.Add(
                budget.Title, budget.Than, Bound(budget, budget.Must), Bound(budget, budget.Goal), Show.Ratio(figure),
                Verdict(budget, budget.Must, figure, "holds", "MISSES"), Verdict(budget, budget.Goal, figure, "reached", "not reached"));
        }

        return table.IsEmpty ? "None: what they compare was not measured.\n" : table.ToString();
    }

    /// <summary>What failed in at least one round, and why.</summary>
    public string Failures(IEnumerable<string> workloads)
    {
        var text = new StringBuilder();
        foreach (var workload in workloads)
        {
            foreach (var side in sides.All.Where(side => side.Program.Version is not null))
            {
                if (results.FailureOf(workload, side.Name) is { } why)
                    text.Append(CultureInfo.InvariantCulture, $"- {workload}, {side.Name}: {why}\n");
            }
        }

        return text.ToString();
    }

    private IEnumerable<Side> SidesOf(IEnumerable<string> names) => names.Where(sides.Has).Select(name => sides[name]);

    private string[] RateCells(RateWorkload workload, Side side)
    {
        var (name, peer) = (workload.Name, workload.Peer);
        if (results.Peak(name, side.Name, figures => figures.OperationsPerSecond) is not { } rate)
            return [WhyNot(name, side)!, .. Enumerable.Repeat(Show.Nothing, 10)];
        var bytes = results.Peak(name, side.Name, figures => figures.BytesPerSecond);
        return
        [
            Show.Number(rate, 1_000),
            Show.Number(results.Peak(name, side.Name, figures => figures.P50Us)),
            Show.Number(results.Peak(name, side.Name, figures => figures.P99Us)),
            Show.Number(results.Peak(name, side.Name, figures => figures.P999Us)),
            Show.Number(results.Peak(name, side.Name, figures => figures.ServerCpuUs)),
            workload.CountsDeliveries ? Show.Number(bytes, 1e6) : Show.Nothing,
            Show.Number(results.Peak(name, side.Name, figures => figures.ResidentBytes), 1e6),
            Show.Number(results.Peak(name, side.Name, figures => figures.ClientCpu)),
            side.Name == peer ? Show.Nothing : Show.Ratio(results.PeakRatio(name, side.Name, peer, figures => figures.OperationsPerSecond)),
            workload.EchoOf(side.Name) is { } echo
                ? Show.Ratio(results.PeakRatio(name, side.Name, echo, figures => figures.OperationsPerSecond))
                : Show.Nothing,
            sides.BaselineOf(side.Name) is { } baseline
                ? Show.Ratio(results.PeakRatio(name, side.Name, baseline, figures => figures.OperationsPerSecond))
                : Show.Nothing,
        ];
    }

    private string[] LatencyCells(RateWorkload workload, SideTransport transport, Side side) =>
    [
        Show.Number(results.Rate(workload.Name, transport), 1_000),
        Show.Number(Paced(workload, transport, side, figures => figures.P50Us)),
        Show.Number(Paced(workload, transport, side, figures => figures.P99Us)),
        Show.Number(results.PacedTogether(workload.Name, transport, side.Name, 0.99)),
        Show.Number(results.PacedTogether(workload.Name, transport, side.Name, 0.999)),
        Show.Number(Paced(workload, transport, side, figures => figures.ClientCpu)),
        side.Name == workload.Peer
            ? Show.Nothing
            : Show.Ratio(results.PacedRatio(workload.Name, transport, side.Name, workload.Peer, figures => figures.P99Us)),
        sides.BaselineOf(side.Name) is { } baseline
            ? Show.Ratio(results.PacedRatio(workload.Name, transport, side.Name, baseline, figures => figures.P99Us))
            : Show.Nothing,
    ];

    private Spread? Paced(RateWorkload workload, SideTransport transport, Side side, Func<Figures, double> figure) =>
        results.Paced(workload.Name, transport, side.Name, figure);

    private string[] MemoryCells(MemoryWorkload workload, Side side)
    {
        if (results.Memory(workload.Name, side.Name, figures => figures.BytesEach) is not { } each)
            return [WhyNot(workload.Name, side)!, .. Enumerable.Repeat(Show.Nothing, 4)];
        return
        [
            Show.Number(each),
            Show.Number(results.Memory(workload.Name, side.Name, figures => figures.ResidentBytes), 1e6),
            Show.Number(results.Memory(workload.Name, side.Name, figures => figures.Seconds)),
            workload.Peer is null || side.Name == workload.Peer
                ? Show.Nothing
                : Show.Ratio(results.MemoryRatio(workload.Name, side.Name, workload.Peer, figures => figures.BytesEach)),
            sides.BaselineOf(side.Name) is { } baseline
                ? Show.Ratio(results.MemoryRatio(workload.Name, side.Name, baseline, figures => figures.BytesEach))
                : Show.Nothing,
        ];
    }

    /// <summary>Null: it was not asked for.</summary>
    private string? WhyNot(string workload, Side side)
    {
        if (side.Program.Version is null)
            return NotInstalled;
        return results.FailureOf(workload, side.Name) is null ? null : "failed";
    }

    private static string Bound(Budget budget, double? bound) =>
        bound is { } known ? (budget.AtMost ? "≤ " : "≥ ") + known.ToString("0.0#", CultureInfo.InvariantCulture) : Show.Nothing;

    private static string Verdict(Budget budget, double? bound, Spread figure, string yes, string no)
    {
        if (bound is not { } known)
            return Show.Nothing;
        return budget.Holds(figure.Median, known) ? yes : no;
    }
}
