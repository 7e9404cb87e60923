using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Workloads;

namespace Grains.Benchmarks.Report;

/// <summary>
/// What every round found, by workload and side; at a rate, what every turn of every round found. Two sides are compared round by round, since only
/// what ran next to each other on a machine that drifts can be compared; the median is that of the ratios. At a rate a round's figure is the median of
/// its turns: a turn in which something stalled has twenty times the latency of one in which nothing did, so ratios of single turns say little.
/// </summary>
internal sealed class Results
{
    private readonly Dictionary<(string Workload, string Side, int Round), Figures> _peaks = [];
    private readonly Dictionary<(string Workload, string Side, int Round), List<Figures>> _pacedOverTcp = [];
    private readonly Dictionary<(string Workload, string Side, int Round), List<Figures>> _pacedOverWebSocket = [];
    private readonly Dictionary<(string Workload, string Side, int Round), MemoryFigures> _memory = [];
    private readonly Dictionary<(string Workload, SideTransport Transport, int Round), double> _rates = [];
    private readonly Dictionary<(string Workload, string Side), string> _failures = [];
    private int _rounds;

    public void AddPeak(string workload, string side, int round, Figures figures)
    {
        _peaks[(workload, side, round)] = figures;
        _rounds = Math.Max(_rounds, round + 1);
    }

    /// <param name="workload">Which.</param>
    /// <param name="transport">With the sides of which transport it was compared.</param>
    /// <param name="side">Whose.</param>
    /// <param name="round">Which.</param>
    /// <param name="turn">What one turn of it found.</param>
    public void AddPaced(string workload, SideTransport transport, string side, int round, Figures turn)
    {
        var paced = PacedOver(transport);
        if (!paced.TryGetValue((workload, side, round), out var turns))
            paced[(workload, side, round)] = turns = [];
        turns.Add(turn);
        _rounds = Math.Max(_rounds, round + 1);
    }

    /// <param name="workload">Which.</param>
    /// <param name="transport">Of which sides.</param>
    /// <param name="round">Which.</param>
    /// <param name="rate">The rate of the open loop, in operations a second.</param>
    public void AddRate(string workload, SideTransport transport, int round, double rate) => _rates[(workload, transport, round)] = rate;

    public void AddMemory(string workload, string side, int round, MemoryFigures figures)
    {
        _memory[(workload, side, round)] = figures;
        _rounds = Math.Max(_rounds, round + 1);
    }

    public void AddFailure(string workload, string side, string why) => _failures.TryAdd((workload, side), why);

    /// <summary>Why there are no figures, or not of all rounds; null when there are.</summary>
    public string? FailureOf(string workload, string side) => _failures.GetValueOrDefault((workload, side));

    public bool HasPeak(string workload, string side) => Peak(workload, side, figures => figures.OperationsPerSecond) is not null;

    public Spread? Peak(string workload, string side, Func<Figures, double> figure) => Of(_peaks, workload, side, figure);

    /// <summary>Over all turns of all rounds.</summary>
    public Spread? Paced(string workload, SideTransport transport, string side, Func<Figures, double> figure) =>
        Spread.Of(TurnsOf(workload, transport, side).Select(figure));

    public Spread? Memory(string workload, string side, Func<MemoryFigures, double> figure) => Of(_memory, workload, side, figure);

    public Spread? Rate(string workload, SideTransport transport) =>
        Spread.Of(_rates.Where(rate => rate.Key.Workload == workload && rate.Key.Transport == transport).Select(rate => rate.Value));

    /// <summary>Processors that others kept busy, over all measurements.</summary>
    public Spread? OthersCpu() =>
        Spread.Of(_peaks.Values.Concat(AllTurns()).Select(figures => figures.OthersCpu));

    /// <summary>Processors that others kept busy at the peaks or at a rate, whichever was more, in the median.</summary>
    public double Disturbance() => Math.Max(
        Spread.Of(_peaks.Values.Select(figures => figures.OthersCpu))?.Median ?? 0,
        Spread.Of(AllTurns().Select(figures => figures.OthersCpu))?.Median ?? 0);

    /// <summary>Takes over what an attempt at a round has found.</summary>
    public void Add(Results attempt)
    {
        Add(_peaks, attempt._peaks);
        Add(_pacedOverTcp, attempt._pacedOverTcp);
        Add(_pacedOverWebSocket, attempt._pacedOverWebSocket);
        Add(_rates, attempt._rates);
        foreach (var (key, why) in attempt._failures)
            _failures.TryAdd(key, why);
        _rounds = Math.Max(_rounds, attempt._rounds);

        static void Add<TKey, TValue>(Dictionary<TKey, TValue> all, Dictionary<TKey, TValue> more)
            where TKey : notnull
        {
            foreach (var (key, value) in more)
                all[key] = value;
        }
    }

    /// <summary>Microseconds that a part of all latencies at a rate, of all turns together, do not exceed.</summary>
    public Spread? PacedTogether(string workload, SideTransport transport, string side, double part)
    {
        var all = new LatencyHistogram();
        foreach (var turn in TurnsOf(workload, transport, side))
            all.Add(turn.Latencies);

        return all.Count == 0 ? null : Spread.Of([all.Percentile(part) / 1_000]);
    }

    public Spread? PeakRatio(string workload, string side, string peer, Func<Figures, double> figure) => Ratio(_peaks, workload, side, peer, figure);

    /// <summary>Of each round: the median of the side's turns to that of the peer's.</summary>
    public Spread? PacedRatio(string workload, SideTransport transport, string side, string peer, Func<Figures, double> figure) =>
        Ratio(PacedOver(transport), workload, side, peer, turns => Spread.Of(turns.Select(figure))!.Value.Median);

    public Spread? MemoryRatio(string workload, string side, string peer, Func<MemoryFigures, double> figure) =>
        Ratio(_memory, workload, side, peer, figure);

    private IEnumerable<Figures> TurnsOf(string workload, SideTransport transport, string side) =>
        PacedOver(transport).Where(round => round.Key.Workload == workload && round.Key.Side == side).SelectMany(round => round.Value);

    private IEnumerable<Figures> AllTurns() => _pacedOverTcp.Values.Concat(_pacedOverWebSocket.Values).SelectMany(turns => turns);

    private Dictionary<(string Workload, string Side, int Round), List<Figures>> PacedOver(SideTransport transport) =>
        transport == SideTransport.Tcp ? _pacedOverTcp : _pacedOverWebSocket;

    private Spread? Of<T>(Dictionary<(string, string, int), T> figures, string workload, string side, Func<T, double> figure) =>
        Spread.Of(Rounds().Where(round => figures.ContainsKey((workload, side, round))).Select(round => figure(figures[(workload, side, round)])));

    private Spread? Ratio<T>(Dictionary<(string, string, int), T> figures, string workload, string side, string peer, Func<T, double> figure) =>
        Spread.Of(Rounds()
            .Where(round => figures.ContainsKey((workload, side, round)) && figures.ContainsKey((workload, peer, round)))
            .Select(round => figure(figures[(workload, side, round)]) / figure(figures[(workload, peer, round)])));

    private IEnumerable<int> Rounds() => Enumerable.Range(0, _rounds);
}
