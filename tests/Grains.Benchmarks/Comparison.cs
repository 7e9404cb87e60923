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
    private const int PacedTurns = 10;

    /// <summary>Turns that take as long as a measurement at the peak.</summary>
    private const double TurnsMeasured = 6;

    private static readonly TimeSpan TurnWarmup = TimeSpan.FromSeconds(0.15);

    public void Run(RateWorkload workload)
    {
        for (var round = 0; round < options.Rounds; round++)
        {
            var quietest = Attempt(workload, round);
            for (var again = 0; again < options.AgainMax && quietest.Disturbance() > Machine.QuietCpu; again++)
            {
                Console.Error.WriteLine(
                    $"[{round + 1}/{options.Rounds}] {workload.Name}: others took {quietest.Disturbance():0.00} processors; again");
                var attempt = Attempt(workload, round);
                if (attempt.Disturbance() < quietest.Disturbance())
                    quietest = attempt;
            }

            results.Add(quietest);
        }
    }

    public void Run(MemoryWorkload workload)
    {
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var side in InTurn(workload.Sides, round))
                Try(results, workload.Name, side, () => Measure(workload, side, round));
        }
    }

    private Results Attempt(RateWorkload workload, int round)
    {
        var found = new Results();
        var open = new List<Opened>();
        try
        {
            foreach (var side in InTurn(workload.Sides, round))
            {
                Try(found, workload.Name, side, () => open.Add(MeasurePeak(found, workload, side, round)));
                Attend(found, workload, open);
            }

            foreach (var transport in new[] { SideTransport.Tcp, SideTransport.WebSocket })
            {
                if (open.Exists(one => one.Side.Transport == transport))
                    MeasurePaced(found, workload, transport, open, round);
            }
        }
        finally
        {
            foreach (var one in open)
            {
                one.Scenario.Dispose();
                one.Server.Dispose();
            }
        }

        return found;
    }

    private void MeasurePaced(Results found, RateWorkload workload, SideTransport transport, List<Opened> open, int round)
    {
        var compared = open.FindAll(one => one.Side.Transport == transport || one.Side.Transport == SideTransport.Own);
        var rate = compared.Min(one => one.Rate) / 2;
        found.AddRate(workload.Name, transport, round, rate);
        var reached = compared.ToDictionary(one => one, _ => new List<double>());
        for (var turn = 0; turn < PacedTurns; turn++)
        {
            foreach (var one in compared.Skip(turn % compared.Count).Concat(compared.Take(turn % compared.Count)))
            {
                // One that has failed has requests left over.
                if (reached[one].Count == turn)
                    Try(found, workload.Name, one.Side, () => reached[one].Add(MeasurePaced(found, workload, transport, one, rate, round, turn)));
                Attend(found, workload, open);
            }
        }

        // What does not keep up has the latency of a queue that grows: it counts, and is said.
        foreach (var (one, rates) in reached.Where(one => one.Value.Count > 0 && one.Value.Average() < KeepsUp * rate))
            found.AddFailure(workload.Name, one.Side.Name, $"did not keep up with {rate:N0} a second: {rates.Average():N0}");
    }

    private static void Attend(Results found, RateWorkload workload, List<Opened> open)
    {
        foreach (var one in open)
            Try(found, workload.Name, one.Side, one.Scenario.Attend);
    }

    private Opened MeasurePeak(Results found, RateWorkload workload, Side side, int round)
    {
        var server = side.Program.Start();
        IScenario? scenario = null;
        try
        {
            scenario = workload.Open(side, server);
            Say(workload.Name, side, round, $"process {server.Id}, peak");
            var figures = scenario.Peak(TimingOf(side));
            found.AddPeak(workload.Name, side.Name, round, figures);
            Say(workload.Name, side, round, $"{figures.OperationsPerSecond:N0} a second, {figures.ServerCpuUs:0.00} µs of CPU each");
            return new Opened(side, server, scenario, figures.OperationsPerSecond);
        }
        catch
        {
            scenario?.Dispose();
            server.Dispose();
            throw;
        }
    }

    private double MeasurePaced(Results found, RateWorkload workload, SideTransport transport, Opened one, double rate, int round, int turn)
    {
        var whole = TimingOf(one.Side);
        var timing = new Timing(turn == 0 ? whole.Warmup : TurnWarmup, whole.Measured / TurnsMeasured);
        var figures = one.Scenario.AtRate(rate / workload.OperationsPerScheduled, timing);
        found.AddPaced(workload.Name, transport, one.Side.Name, round, figures);
        Say(workload.Name, one.Side, round, $"p99 {figures.P99Us:0} µs at {rate:N0} a second, turn {turn + 1}");
        return figures.OperationsPerSecond;
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
    private static void Try(Results found, string workload, Side side, Action measure)
    {
        try
        {
            measure();
        }
        catch (Exception exception) when (exception is LoadException or System.Net.Sockets.SocketException or IOException)
        {
            found.AddFailure(workload, side.Name, exception.Message);
            Console.Error.WriteLine($"{workload} {side.Name}: {exception.Message}");
        }
    }

    private void Say(string workload, Side side, int round, string what) =>
        Console.Error.WriteLine($"[{round + 1}/{options.Rounds}] {workload} {side.Name}: {what}");

    /// <summary>A side that has been driven to its peak.</summary>
    private sealed record Opened(Side Side, ServerProcess Server, IScenario Scenario, double Rate);
}
