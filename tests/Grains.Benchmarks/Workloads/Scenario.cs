using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>The parts of a scenario that are the same for requests and for publishing: phases, the meter, and seeing at the end that everything that
/// was sent was answered.</summary>
internal abstract class Scenario(ServerProcess server) : IScenario
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PacedWarmup = TimeSpan.FromSeconds(1);

    protected LoadLoop Loop { get; } = new();

    protected LoadStats Stats { get; } = new();

    public Figures Peak(Timing timing)
    {
        BeginClosedLoop();
        return MeasureAndStop(timing);
    }

    public Figures AtRate(double rate, Timing timing)
    {
        BeginOpenLoop(rate);
        return MeasureAndStop(timing with { Warmup = timing.Warmup < PacedWarmup ? timing.Warmup : PacedWarmup });
    }

    public void Attend() => Loop.RunOnce(0);

    public void Dispose() => Loop.Dispose();

    protected abstract void BeginClosedLoop();

    protected abstract void BeginOpenLoop(double rate);

    /// <summary>Sends what is due.</summary>
    /// <returns>Nanoseconds until something is due again.</returns>
    protected abstract long Pace(long nowNs);

    /// <summary>Nothing new is sent from now on.</summary>
    protected abstract void Stop();

    /// <summary>Null when everything that was sent has been answered; otherwise what is missing.</summary>
    protected abstract string? Missing();

    private Figures MeasureAndStop(Timing timing)
    {
        Run(timing.Warmup);
        Stats.Clear();
        var (serverCpu, clientCpu, machineCpu) = (server.CpuSeconds, Environment.CpuUsage.TotalTime, MachineCpu.BusySeconds());
        var beganNs = LoadLoop.NowNs();
        Run(timing.Measured);
        var seconds = (LoadLoop.NowNs() - beganNs) / 1e9;
        serverCpu = server.CpuSeconds - serverCpu;
        clientCpu = Environment.CpuUsage.TotalTime - clientCpu;
        machineCpu = MachineCpu.BusySeconds() - machineCpu;
        if (Stats.Operations == 0)
            throw new LoadException("Nothing was answered.");
        var figures = new Figures
        {
            OperationsPerSecond = Stats.Operations / seconds,
            BytesPerSecond = Stats.Bytes / seconds,
            P50Us = Stats.Latency.Percentile(0.5) / 1_000,
            P99Us = Stats.Latency.Percentile(0.99) / 1_000,
            P999Us = Stats.Latency.Percentile(0.999) / 1_000,
            Latencies = Copied(Stats.Latency),
            ServerCpuUs = serverCpu * 1e6 / Stats.Operations,
            ClientCpu = clientCpu.TotalSeconds / seconds,
            OthersCpu = Math.Max(0, machineCpu - serverCpu - clientCpu.TotalSeconds) / seconds,
            ResidentBytes = server.ResidentBytes,
        };
        Drain();
        return figures;
    }

    private static LatencyHistogram Copied(LatencyHistogram latencies)
    {
        var copy = new LatencyHistogram();
        copy.Add(latencies);
        return copy;
    }

    private void Run(TimeSpan time)
    {
        var nowNs = LoadLoop.NowNs();
        var endNs = nowNs + (long)time.TotalNanoseconds;
        do
        {
            var untilDue = Pace(nowNs);
            Loop.RunOnce(Math.Max(0, Math.Min(untilDue, endNs - LoadLoop.NowNs())));
            nowNs = LoadLoop.NowNs();
        }
        while (nowNs < endNs);
    }

    private void Drain()
    {
        Stop();
        var endNs = LoadLoop.NowNs() + (long)DrainTimeout.TotalNanoseconds;
        while (Missing() is { } missing)
        {
            if (LoadLoop.NowNs() > endNs)
                throw new LoadException(missing);
            Loop.RunOnce(1_000_000);
        }
    }
}
