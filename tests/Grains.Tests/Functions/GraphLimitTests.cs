using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

/// <summary>What references may cost: bytes read, bytes held, and whose thread pays.</summary>
public sealed class GraphLimitTests : IGraphObserver
{
    private readonly List<Thread> _startedOn = [];

    private static string Object(int bytes) => $$"""{"a":1,"pad":"{{new string('x', bytes - """{"a":1,"pad":""}""".Length)}}"}""";

    private static string Read(int bytes, IEnumerable<string> references) => $$"""
        [{"name":"s1","fun":"echo","args":[{{Object(bytes)}}]},
         {"name":"s2","fun":"echos","args":[{{string.Join(",", references.Select(reference => $"\"{reference}\""))}}]}]
        """;

    private static FunctionOptions Scanning(long bytes) => new() { Graphs = { ReferenceScanBytesMax = bytes } };

    [Theory]
    [InlineData(2_000, "s1.no")]
    [InlineData(2_001, "s1.a")] // and one byte for what it found
    [InlineData(4_000, "s1.no", "s1.nor")]
    [InlineData(2_000, "s1")]
    public async Task Equal_references_are_read_once_up_to_the_limit(long bytes, params string[] references)
    {
        var graph = Read(2_000, Enumerable.Repeat(references, 100).SelectMany(each => each));
        await using var enough = new GraphTest(options: Scanning(bytes));
        Assert.Equal(ErrorCode.None, (await enough.RunAsync(graph)).Error);

        await using var tooFew = new GraphTest(options: Scanning(bytes - 1));
        var reply = await tooFew.RunAsync(graph);
        Assert.Equal(
            (ErrorCode.FunctionLimit, $"The references of the graph read more than {bytes - 1} bytes of results."), (reply.Error, reply.Message));
    }

    [Fact]
    public async Task Commands_of_one_graph_share_what_references_found()
    {
        var readers = Enumerable.Range(0, 20).Select(i => $$$"""{"name":"r{{{i}}}","fun":"echo","kwargs":{"value":"s1.a"}}""");
        await using var test = new GraphTest(options: Scanning(2_001));
        var reply = await test.RunAsync($$"""[{"name":"s1","fun":"echo","args":[{{Object(2_000)}}]},{{string.Join(",", readers)}}]""");
        Assert.All(reply.Results, result => Assert.Equal("1", result.Value.ToString()));
        Assert.Equal(20, reply.Results.Length);
    }

    [Fact]
    public async Task Each_step_of_a_path_counts_what_it_reads()
    {
        const string graph = """[{"name":"s1","fun":"echo","args":[{"a":[10,20,30]}]},{"name":"s2","fun":"echo","args":[{"$ref":"s1.a.1"}]}]""";
        const int read = 16 + 6 + 2; // the object, the array up to the item, the item
        await using var enough = new GraphTest(options: Scanning(read));
        Assert.Equal("""{"s2":20}""", GraphTest.Text(await enough.RunExplicitAsync(graph)));
        await using var tooFew = new GraphTest(options: Scanning(read - 1));
        Assert.Equal(ErrorCode.FunctionLimit, (await tooFew.RunExplicitAsync(graph)).Error);
    }

    [Fact]
    public async Task The_deadline_ends_references_between_two_of_them()
    {
        await using var test = new GraphTest();
        var time = new LookedAtTime(test.Time.GetUtcNow());
        var graph = GraphTest.Parse(Read(100, Enumerable.Range(0, 5_000).Select(i => $"s1.m{i}"))) with { Timeout = TimeSpan.FromMilliseconds(50) };
        var reply = await new GraphRunner(test.Engine, test.Topics, time, new FunctionOptions()).RunAsync(graph, default).OrFail();
        Assert.Equal((ErrorCode.Timeout, "RPC execution timed out after 0.05 seconds"), (reply.Error, reply.Message));
        Assert.InRange(time.Looks, 50, 60);
    }

    [Fact]
    public async Task A_cancel_ends_references_between_two_of_them()
    {
        await using var test = new GraphTest();
        using var source = new CancellationTokenSource();
        var time = new LookedAtTime(test.Time.GetUtcNow())
        {
            Looked = looks =>
            {
                if (looks == 30)
                    source.Cancel();
            },
        };
        var graph = GraphTest.Parse(Read(100, Enumerable.Range(0, 5_000).Select(i => $"s1.m{i}")));
        var reply = await new GraphRunner(test.Engine, test.Topics, time, new FunctionOptions()).RunAsync(graph, default, null, source.Token).OrFail();
        Assert.Equal(ErrorCode.Cancelled, reply.Error);
        Assert.InRange(time.Looks, 30, 40);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public async Task References_into_large_results_leave_the_callers_thread(int bytes, bool stays)
    {
        await using var test = new GraphTest();
        var graph = GraphTest.Parse(Read(bytes, ["s1.a"]));
        var reply = new TaskCompletionSource<Task<GraphReply>>();
        var thread = new Thread(() => reply.SetResult(test.Runner.RunAsync(graph, default, this).AsTask()));
        thread.Start();
        Assert.Equal("""{"s2":[1]}""", GraphTest.Text(await (await reply.Task.OrFail()).OrFail()));
        Assert.Equal([true, stays], _startedOn.Select(each => each == thread));
    }

    [Theory]
    [InlineData(2_004, 2)] // ["…"] of 1,002 bytes each
    [InlineData(2_003, 1)]
    [InlineData(1_001, 1)] // larger than all by itself: runs alone
    public async Task Calls_whose_arguments_do_not_fit_wait_until_others_have_ended(long bytes, int atOnce)
    {
        await using var test = new GraphTest(options: new FunctionOptions { Graphs = { ResolvedBytesMax = bytes } });
        var provider = await test.Functions.ProviderAsync("p", new FunctionOffer("f"));
        var plain = await test.Functions.ProviderAsync("q", new FunctionOffer("plain"), _ => CallReply.Ok(Value.Null));
        var commands = Enumerable.Range(0, 5).Select(i => $$"""{"name":"c{{i}}","fun":"f","args":["s1"]}""");
        var reply = test.RunAsync(
            $$"""[{"name":"s1","fun":"echo","args":[{{Object(1_000)}}]},{{string.Join(",", commands)}},{"name":"d","fun":"plain","args":["not one"]}]""");

        Assert.Equal(1, test.Connections.Asked(plain)); // what holds nothing waits for nothing
        for (var ended = 0; ended < 5; ended++)
        {
            var invoked = await test.Connections.InvokedAsync(provider);
            Assert.InRange(test.Connections.Asked(provider), ended + 1, Math.Min(5, ended + atOnce));
            if (ended == 0)
                Assert.Equal(atOnce, test.Connections.Asked(provider));
            await test.Engine.CompleteAsync(provider, invoked.CallId, CallReply.Ok(Value.From(ended)));
        }

        Assert.Equal("""{"c0":0,"c1":1,"c2":2,"c3":3,"c4":4}""", GraphTest.Text(await reply));
    }

    [Fact]
    public async Task Arguments_as_long_as_may_be_run_and_one_byte_more_is_refused_whatever_may_be_held()
    {
        await using var test = new GraphTest(options: new FunctionOptions { ResultBytesMax = 4_000, Graphs = { ResolvedBytesMax = 2_000 } });
        test.Functions.Connections.Script(
            await test.Functions.ProviderAsync("p", new FunctionOffer("f")), _ => CallReply.Ok(Value.Null));
        string Graph(int bytes) => $$"""[{"name":"s1","fun":"echo","args":[{{Object(bytes)}}]},{"name":"s2","fun":"f","args":["s1","s1","s1"]}]""";
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Graph(1_332))).Error); // [,,] and three times as much
        var reply = await test.RunAsync(Graph(1_333));
        Assert.Equal(
            (ErrorCode.FunctionLimit, "The resolved arguments of a command are larger than 4000 bytes."), (reply.Error, reply.Message));
    }

    [Fact]
    public async Task A_graph_that_is_cancelled_starts_nothing_that_waited()
    {
        await using var test = new GraphTest(options: new FunctionOptions { Graphs = { ResolvedBytesMax = 1_000 } });
        var provider = await test.Functions.ProviderAsync("p", new FunctionOffer("f"));
        using var source = new CancellationTokenSource();
        var reply = test.RunCancellableAsync(GraphTest.Parse(
            $$"""[{"name":"s1","fun":"echo","args":[{{Object(900)}}]},{"name":"a","fun":"f","args":["s1"]},{"name":"b","fun":"f","args":["s1"]}]"""), source.Token);
        await source.CancelAsync();
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        Assert.Equal(1, test.Connections.Asked(provider));
    }

    void IGraphObserver.Started(string command, string callId) => _startedOn.Add(Thread.CurrentThread);

    void IGraphObserver.Ended(string callId)
    {
    }
}
