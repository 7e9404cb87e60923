using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Report;
using Grains.Benchmarks.Workloads;

namespace Grains.Benchmarks;

/// <summary>
/// Runs the workloads, each in rounds. In a round every side gets a fresh process; one after the other they are driven to their peak, and then those
/// over TCP with the peer, and those over WebSocket with the peer, are asked in turns for their latency at one rate, half the slowest's peak. The sides
/// begin in turn, so that none is always the first. While one is measured the others' processes are there and have nothing to do.
/// </summary>
internal sealed class Comparison(VersusOptions options, Sides sides, Results results)
{
    /// <summary>The part of an open loop's rate that must be answered in time.</summary>
    private const double KeepsUp = 0.95;

    /// <summary>Enough for a program that is not compiled while it runs.</summary>
    private const double ShortWarmupSeconds = 1;

    /// <summary>At a rate the sides are measured in short turns, one after the other: a stall of the machine or of its host, which at such a rate is one
    /// request in a hundred, then belongs to one turn and not to a round.</summary>
    private const int PacedTurns = 5;

    /// <summary>How much longer a whole measurement takes than one turn.</summary>
    private const double TurnPart = 4;

    /// <summary>How often a round is made again because the machine was not quiet.</summary>
    private const int RoundsAgainMax = 3;

    private static readonly TimeSpan TurnWarmup = TimeSpan.FromSeconds(0.2);

    public void Run(RateWorkload workload)
    {
        for (var round = 0; round < options.Rounds; round++)
        {
            var others = RunRound(workload, round);
            for (var again = 0; again < RoundsAgainMax && others > Machine.QuietCpu; again++)
            {
                Console.Error.WriteLine($"[{round + 1}/{options.Rounds}] {workload.Name}: others took {others:0.00} processors, so the round is made again");
                others = RunRound(workload, round);
            }
        }
    }

    public void Run(MemoryWorkload workload)
    {
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var side in InTurn(workload.Sides, round))
                Try(workload.Name, side, () => Measure(workload, side, round));
        }
    }

    /// <returns>Processors that other programs and the host took meanwhile: the median over its measurements.</returns>
    private double RunRound(RateWorkload workload, int round)
    {
        var others = new List<double>();
        var open = new List<(Side Side, ServerProcess Server, IScenario Scenario, double Rate)>();
        try
        {
            foreach (var side in InTurn(workload.Sides, round))
                Try(workload.Name, side, () => open.Add(MeasurePeak(workload, side, round, others)));
            foreach (var transport in new[] { SideTransport.Tcp, SideTransport.WebSocket })
            {
                if (!open.Exists(one => one.Side.Transport == transport))
                    continue;
                var compared = open.FindAll(one => one.Side.Transport == transport || one.Side.Transport == SideTransport.Own);
                var rate = compared.Min(one => one.Rate) / 2;
                results.AddRate(workload.Name, transport, round, rate);
                var reached = compared.ToDictionary(one => one.Side, _ => new List<double>());
                for (var turn = 0; turn < PacedTurns; turn++)
                {
                    foreach (var (side, _, scenario, _) in compared.Skip(turn % compared.Count).Concat(compared.Take(turn % compared.Count)))
                        Try(workload.Name, side, () => reached[side].Add(MeasurePaced(workload, transport, side, scenario, rate, round, turn, others)));
                }

                foreach (var (side, rates) in reached)
                    Judge(workload, side, rates, rate);
            }
        }
        finally
        {
            foreach (var (_, server, scenario, _) in open)
            {
                scenario.Dispose();
                server.Dispose();
            }
        }

        return Spread.Of(others)?.Median ?? 0;
    }

    private (Side, ServerProcess, IScenario, double) MeasurePeak(RateWorkload workload, Side side, int round, List<double> others)
    {
        var server = side.Program.Start();
        IScenario? scenario = null;
        try
        {
            scenario = workload.Open(side, server);
            Say(workload.Name, side, round, $"process {server.Id}, peak");
            var figures = scenario.Peak(TimingOf(side));
            others.Add(figures.OthersCpu);
            results.AddPeak(workload.Name, side.Name, round, figures);
            Say(workload.Name, side, round, $"{figures.OperationsPerSecond:N0} a second, {figures.ServerCpuUs:0.00} µs of CPU each");
            return (side, server, scenario, figures.OperationsPerSecond);
        }
        catch
        {
            scenario?.Dispose();
            server.Dispose();
            throw;
        }
    }

    private double MeasurePaced(
        RateWorkload workload, SideTransport transport, Side side, IScenario scenario, double rate, int round, int turn, List<double> others)
    {
        var whole = TimingOf(side);
        var timing = new Timing(turn == 0 ? whole.Warmup : TurnWarmup, whole.Measured / TurnPart);
        var figures = scenario.AtRate(rate / workload.OperationsPerScheduled, timing);
        others.Add(figures.OthersCpu);
        results.AddPaced(workload.Name, transport, side.Name, (round * PacedTurns) + turn, figures);
        Say(workload.Name, side, round, $"p99 {figures.P99Us:0} µs at {rate:N0} a second");
        return figures.OperationsPerSecond;
    }

    // What does not keep up has the latency of a queue that grows: it counts, and is said.
    private void Judge(RateWorkload workload, Side side, IEnumerable<double> reached, double rate)
    {
        if (Spread.Of(reached) is { } spread && spread.Median < KeepsUp * rate)
            results.AddFailure(workload.Name, side.Name, $"did not keep up with {rate:N0} a second: {spread.Median:N0}");
    }

    private void Measure(MemoryWorkload workload, Side side, int round)
    {
        using var server = side.Program.Start();
        var figures = workload.Measure(side, server);
        results.AddMemory(workload.Name, side.Name, round, figures);
        Say(workload.Name, side, round, $"{figures.BytesEach:N0} bytes each");
    }

    private Timing TimingOf(Side side)
    {
        var warmup = side.Program.CompilesAsItRuns ? options.WarmupSeconds : Math.Min(options.WarmupSeconds, ShortWarmupSeconds);
        return new Timing(TimeSpan.FromSeconds(warmup), TimeSpan.FromSeconds(options.Seconds));
    }

    /// <summary>The sides that are wanted and installed, begun with another one each round.</summary>
    private Side[] InTurn(IReadOnlyList<string> names, int round)
    {
        Side[] wanted = [.. names.Where(sides.Has).Select(name => sides[name])
            .Where(side => side.Program.Version is not null && Glob.MatchesAny(options.Sides, side.Name))];
        return [.. wanted.Skip(round % Math.Max(1, wanted.Length)), .. wanted.Take(round % Math.Max(1, wanted.Length))];
    }

    /// <summary>What goes wrong with one side costs its row, not the run.</summary>
    private void Try(string workload, Side side, Action measure)
    {
        try
        {
            measure();
        }
        catch (Exception exception) when (exception is LoadException or System.Net.Sockets.SocketException or IOException)
        {
            results.AddFailure(workload, side.Name, exception.Message);
            Console.Error.WriteLine($"{workload} {side.Name}: {exception.Message}");
        }
    }

    private void Say(string workload, Side side, int round, string what) =>
        Console.Error.WriteLine($"[{round + 1}/{options.Rounds}] {workload} {side.Name}: {what}");
}
