using BenchmarkDotNet.Attributes;
using Grains.Engine;
using Grains.Functions;
using Grains.Local;

namespace Grains.Benchmarks.Micro;

/// <summary>What does it cost to resolve a graph of calls: to find who refers to whom, run what is ready and put results into arguments? The calls
/// are the built-in <c>echo</c>, which costs next to nothing: one call alone, a chain, and one call that many refer to and one that refers to
/// them.</summary>
[MemoryDiagnoser]
public class GraphBenchmark
{
    private LocalEngine _engine = null!;
    private GraphRunner _runner = null!;
    private CallGraph _one = null!;
    private CallGraph _chain = null!;
    private CallGraph _fan = null!;

    /// <summary>Commands of the chain and of the fan.</summary>
    [Params(10, 100)]
    public int Commands { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var settings = new EngineSettings();
        _engine = new LocalEngine(settings, TimeProvider.System, new ForgettingConnections(), new FunctionTable());
        _runner = new GraphRunner(_engine.Functions, _engine.Topics, TimeProvider.System, settings.Functions);
        _one = new CallGraph([Echo("c0", "\"hi\"")]);
        _chain = new CallGraph([Echo("c0", "\"hi\""), .. Enumerable.Range(1, Commands - 1).Select(i => Echo($"c{i}", $"\"c{i - 1}\""))]);
        var middle = Enumerable.Range(1, Commands - 2).ToArray();
        _fan = new CallGraph(
        [
            Echo("c0", """{"id":7}"""),
            .. middle.Select(i => Echo($"c{i}", "\"c0.id\"")),
            Echo("end", $"[{string.Join(',', middle.Select(i => $"\"c{i}\""))}]"),
        ]);
        Check(_one, "\"hi\"");
        Check(_chain, "\"hi\"");
        Check(_fan, $"[{string.Join(',', middle.Select(_ => "7"))}]");
    }

    [GlobalCleanup]
    public async Task Cleanup() => await _engine.DisposeAsync();

    [Benchmark(Baseline = true)]
    public ErrorCode One() => Run(_one).Error;

    [Benchmark]
    public ErrorCode Chain() => Run(_chain).Error;

    [Benchmark]
    public ErrorCode Fan() => Run(_fan).Error;

    private static GraphCommand Echo(string name, string argument) => new(name, new FunctionCall("echo") { Arguments = Value.Json($"[{argument}]") });

    private GraphReply Run(CallGraph graph)
    {
        var task = _runner.RunAsync(graph, default);
        return task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();
    }

    private void Check(CallGraph graph, string expected)
    {
        var reply = Run(graph);
        if (reply.Error != ErrorCode.None || reply.Results.Length != 1 || reply.Results[0].Value.ToString() != expected)
            throw new InvalidOperationException($"The graph answered {reply}");
    }
}
