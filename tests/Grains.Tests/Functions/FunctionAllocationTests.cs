using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

/// <summary>Budgets in bytes of what a call may leave to the garbage collector, some above what it takes now.</summary>
public sealed class FunctionAllocationTests
{
    private const int Rounds = 2_000;

    [Fact]
    public async Task A_graph_of_one_built_in_call_stays_within_its_budget()
    {
        await using var test = LocalFunctionContract.StartLocal(null, null);
        var runner = new GraphRunner(test.Engine, new RecordingTopics(), test.Time, new FunctionOptions());
        var graph = GraphTest.Parse("""[{"name":"call","fun":"echo","args":["hi"]}]""");
        Assert.InRange(Measure(() => runner.RunAsync(graph, default)), 1, 400);
    }

    [Fact]
    public async Task A_call_of_a_short_dotnet_function_stays_within_its_budget()
    {
        await using var test = LocalFunctionContract.StartLocal(null, table => table.Add(new FunctionOffer("add"), (int a, int b) => a + b, inline: true));
        var command = new FunctionCall("add") { Arguments = Value.Json("[1,2]") };
        var deadline = test.Time.NowUs() + 1_000_000;
        Assert.InRange(Measure(() => test.Engine.CallAsync(new Engine.CallCommand(CallIds.Next(), default, command, deadline))), 1, 1_500);
    }

    [Fact]
    public async Task A_call_of_a_connection_stays_within_its_budget()
    {
        await using var test = LocalFunctionContract.StartLocal(null, null);
        var ok = CallReply.Ok(Value.Null);
        await test.ProviderAsync("p", new FunctionOffer("f"), _ => ok);
        var command = new FunctionCall("f") { Arguments = Value.Json("[1,2]") };
        var deadline = test.Time.NowUs() + 1_000_000;
        Assert.InRange(Measure(() => test.Engine.CallAsync(new Engine.CallCommand(CallIds.Next(), default, command, deadline))), 1, 1_500);
    }

    private static long Measure<T>(Func<ValueTask<T>> call)
    {
        for (var i = 0; i < Rounds; i++)
            Assert.True(EndsAtOnce(call()));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
            EndsAtOnce(call());
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }

    private static bool EndsAtOnce<T>(ValueTask<T> call) => call.IsCompletedSuccessfully;
}
