using System.Text.Json;
using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

public sealed class GraphRunnerTests
{
    [Fact]
    public async Task One_command_answers_by_its_name()
    {
        await using var test = new GraphTest();
        Assert.Equal("""{"call":"hi"}""", await test.ResultsAsync("""[{"name":"call","fun":"echo","args":["hi"]}]"""));
        Assert.Equal("{}", await test.ResultsAsync("[]"));
    }

    [Fact]
    public async Task Arguments_without_references_go_as_they_came()
    {
        await using var test = new GraphTest();
        Assert.Equal("""{"b":{ "x" : [1.0 , "\u0041\ud800"] }}""", await test.ResultsAsync(
            """[{"name":"b","fun":"echo","args":[{ "x" : [1.0 , "\u0041\ud800"] }]}]"""));
    }

    [Fact]
    public async Task Only_the_last_level_is_answered()
    {
        await using var test = new GraphTest();
        Assert.Equal("""{"s2":7}""", await test.ResultsAsync(
            """[{"name":"s1","fun":"echo","args":[{"a":{"b":7}}]},{"name":"s2","fun":"echo","args":["s1.a.b"]},{"name":"s3","fun":"echo","args":[1]}]"""));
    }

    [Theory]
    [InlineData("\"s1.zz\"", "\"s1.zz\"")] // finds nothing: stays
    [InlineData("\"s1.a.b.c\"", "\"s1.a.b.c\"")] // walks into a number
    [InlineData("\"s1.items.0\"", "\"s1.items.0\"")] // walks objects only
    [InlineData("\"s1.\"", "\"s1.\"")]
    [InlineData("\"s1.a.b\"", "7")]
    [InlineData("\"s1.dup\"", "2")] // of a member given twice the last counts
    [InlineData("\"s1.\\u0061.\\u0062\"", "7")]
    [InlineData("\"\\u00731.a\\u002eb\"", "7")] // escapes spell the same string
    [InlineData("\"s1.q\\u0022\"", "\"quote\"")]
    [InlineData("\"S1.a\"", "\"S1.a\"")]
    [InlineData("\"s1 .a\"", "\"s1 .a\"")]
    [InlineData("\"s11\"", "\"s11\"")]
    [InlineData("[[\"s1.a\",{\"k\":\"s1.a.b\",\"s1\":\"x\"}]]", "[[{\"b\":7},{\"k\":7,\"s1\":\"x\"}]]")] // keys are never replaced
    [InlineData("\"dotted.name\"", "\"dotted.name\"")] // a name with a dot cannot be referred to
    public async Task Strings_that_name_a_command_are_replaced(string argument, string result)
    {
        await using var test = new GraphTest();
        var reply = await test.RunAsync(
            $$"""
            [{"name":"s1","fun":"echo","args":[{"a":{"b":7},"items":[1],"dup":1,"dup":2,"q\"":"quote"}]},
             {"name":"dotted.name","fun":"echo","args":["s1"]},
             {"name":"out","fun":"echos","args":["s1.a.b",{{argument}}]}]
            """);
        Assert.Equal(ErrorCode.None, reply.Error);
        Assert.Equal($"[7,{result}]", reply.Results.Single(r => r.Key == "out").Value.ToString());
    }

    [Fact]
    public async Task Keywords_are_scanned_too()
    {
        await using var test = new GraphTest();
        Assert.Equal("""{"b":5}""", await test.ResultsAsync("""[{"name":"a","fun":"echo","args":[5]},{"name":"b","fun":"echo","kwargs":{"value":"a"}}]"""));
    }

    [Fact]
    public async Task Of_two_commands_with_one_name_the_last_counts()
    {
        await using var test = new GraphTest();
        Assert.Equal("""{"b":2}""", await test.ResultsAsync(
            """[{"name":"a","fun":"nope"},{"name":"b","fun":"echo","args":["a"]},{"name":"a","fun":"echo","args":[2]}]"""));
    }

    [Theory]
    [InlineData("""[{"name":"echo","fun":"echo","args":["echo"]}]""", "echo -> echo")]
    [InlineData("""[{"name":"echo","fun":"echo","args":["\u0065cho.x"]}]""", "echo -> echo")]
    [InlineData("""[{"name":"f","fun":"ran"},{"name":"a","fun":"ran","args":["b"]},{"name":"b","fun":"ran","kwargs":{"x":["a.y"]}}]""", "a -> b -> a")]
    public async Task A_cycle_is_refused_before_anything_runs(string commands, string cycle)
    {
        await using var test = new GraphTest(table => table.Add("ran", () => 1));
        var reply = await test.RunAsync(commands);
        Assert.Equal((ErrorCode.ExecutionFailed, "RPC execution failed"), (reply.Error, reply.Message));
        Assert.EndsWith(cycle, reply.Details, StringComparison.Ordinal);
        Assert.Empty(test.StartedCalls);
    }

    [Fact]
    public async Task Explicit_references_reach_into_arrays_and_strings_mean_themselves()
    {
        await using var test = new GraphTest();
        var reply = await test.RunExplicitAsync(
            """
            [{"name":"s1","fun":"echo","args":[{"items":[{"id":3}],"0":"zero"}]},
             {"name":"s2","fun":"echos","args":["s1",{"$ref":"s1.items.0.id"},{"$ref":"s1.0"},{"x":{ "$ref" : "s\u0031.items" }},{"$ref":"s1","y":1}]}]
            """);
        Assert.Equal("""{"s2":["s1",3,"zero",{"x":[{"id":3}]},{"$ref":"s1","y":1}]}""", GraphTest.Text(reply));
        Assert.Equal("""{"one":"one"}""", GraphTest.Text(await test.RunExplicitAsync("""[{"name":"one","fun":"echo","args":["one"]}]""")));
    }

    [Theory]
    [InlineData("""{"$ref":"nope"}""", "nope")]
    [InlineData("""{"$ref":5}""", "string")]
    public async Task An_explicit_reference_to_no_command_is_refused_before_anything_runs(string reference, string details)
    {
        await using var test = new GraphTest();
        var reply = await test.RunExplicitAsync($$"""[{"name":"a","fun":"ping"},{"name":"b","fun":"echo","args":[[{{reference}}]]}]""");
        Assert.Equal(ErrorCode.UnresolvedReference, reply.Error);
        Assert.Contains(details, reply.Details, StringComparison.Ordinal);
        Assert.Empty(test.StartedCalls);
    }

    [Theory]
    [InlineData("a.items.3")]
    [InlineData("a.items.00")]
    [InlineData("a.items.-1")]
    [InlineData("a.nope")]
    [InlineData("a.items.x")]
    public async Task An_explicit_path_that_finds_nothing_fails_the_graph(string path)
    {
        await using var test = new GraphTest();
        var reply = await test.RunExplicitAsync(
            $$"""[{"name":"a","fun":"echo","args":[{"items":[1,2,3]}]},{"name":"b","fun":"echo","args":[{"$ref":"{{path}}"}]}]""");
        Assert.Equal((ErrorCode.UnresolvedReference, $"Unresolved reference: {path}"), (reply.Error, reply.Details));
    }

    [Fact]
    public async Task Independent_commands_overlap()
    {
        var (first, second) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        await using var test = new GraphTest(table =>
        {
            table.Add("a", async () =>
            {
                first.TrySetResult(1);
                return await second.Task;
            });
            table.Add("b", async () =>
            {
                second.TrySetResult(2);
                return await first.Task;
            });
        });
        Assert.Equal("""{"x":2,"y":1}""", await test.ResultsAsync("""[{"name":"x","fun":"a"},{"name":"y","fun":"b"}]"""));
    }

    [Fact]
    public async Task A_command_starts_when_what_it_needs_is_done_whatever_else_runs()
    {
        var release = new TaskCompletionSource<string>();
        await using var test = new GraphTest(table =>
        {
            table.Add("slow", async () => await release.Task);
            table.Add("next", (int n) => release.TrySetResult("released by a later level"));
        });
        Assert.Equal("""{"c":true}""", await test.ResultsAsync(
            """[{"name":"slow","fun":"slow"},{"name":"a","fun":"echo","args":[1]},{"name":"c","fun":"next","args":["a"]}]"""));
    }

    [Fact]
    public async Task The_first_failure_is_answered_and_the_rest_is_cancelled()
    {
        await using var test = new GraphTest(table => table.Add("boom", async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("the real one");
        }));
        var provider = await test.Functions.ProviderAsync("p", new FunctionOffer("silent"));
        var reply = await test.RunAsync("""[{"name":"s","fun":"silent"},{"name":"b","fun":"boom"},{"name":"never","fun":"silent","args":["b"]}]""");
        Assert.Equal((ErrorCode.ExecutionFailed, "RPC execution failed", "InvalidOperationException: the real one"), (reply.Error, reply.Message, reply.Details));
        Assert.Empty(reply.Results);
        Assert.Equal(ErrorCode.Cancelled, (await test.Connections.CancelledAsync(provider)).Reason);
        Assert.Equal(1, test.Connections.Asked(provider));
        Assert.Equal(test.StartedCalls.Select(call => call.CallId).Order(), test.EndedCalls.Order());
    }

    [Fact]
    public async Task A_graph_times_out_as_a_whole_and_a_command_on_its_own()
    {
        await using var test = new GraphTest();
        var provider = await test.Functions.ProviderAsync("p", new FunctionOffer("f"));
        var graph = GraphTest.Parse("""[{"name":"a","fun":"f"},{"name":"b","fun":"f","args":["a"]}]""");
        var whole = test.RunAsync(graph with { Timeout = TimeSpan.FromSeconds(2) });
        var first = await test.Connections.InvokedAsync(provider);
        test.Time.Advance(TimeSpan.FromSeconds(1.5));
        await test.Engine.CompleteAsync(provider, first.CallId, CallReply.Ok(Value.Null));
        await test.Connections.InvokedAsync(provider);
        test.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal((ErrorCode.Timeout, "RPC execution timed out after 2.0 seconds"), ((await whole).Error, (await whole).Message));

        var own = test.RunAsync(GraphTest.Parse("""[{"name":"a","fun":"f","timeout_ms":250},{"name":"b","fun":"f"}]"""));
        await test.Connections.InvokedAsync(provider);
        await test.Connections.InvokedAsync(provider);
        test.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal((ErrorCode.Timeout, "RPC execution timed out after 0.25 seconds"), ((await own).Error, (await own).Message));
    }

    [Theory]
    [InlineData("""[{"name":"a","fun":"f"}]""")]
    [InlineData("""[{"name":"a","fun":"f"},{"name":"b","fun":"f"},{"name":"c","fun":"f","args":["a"]}]""")]
    public async Task A_graph_can_be_cancelled(string commands)
    {
        await using var test = new GraphTest();
        var provider = await test.Functions.ProviderAsync("p", new FunctionOffer("f"));
        using var source = new CancellationTokenSource();
        var reply = test.RunCancellableAsync(GraphTest.Parse(commands), source.Token);
        await test.Connections.InvokedAsync(provider);
        await source.CancelAsync();
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        Assert.Equal(ErrorCode.Cancelled, (await test.Connections.CancelledAsync(provider)).Reason);
        Assert.Equal(ErrorCode.Cancelled, (await test.RunCancellableAsync(GraphTest.Parse(commands), source.Token)).Error);
    }

    [Fact]
    public async Task Streamed_items_find_their_command_by_call_id()
    {
        static async IAsyncEnumerable<string> Words()
        {
            await Task.Yield();
            yield return "one";
            yield return "two";
        }

        await using var test = new GraphTest(table => table.Add("words", Words));
        var caller = await test.Functions.ConnectAsync("caller");
        var graph = GraphTest.Parse("""[{"name":"w","fun":"words"}]""");
        graph = graph with { Commands = [graph.Commands[0] with { Call = graph.Commands[0].Call with { Stream = true } }] };
        var reply = await test.RunAsync(graph, caller);
        Assert.Equal(ErrorCode.None, reply.Error);
        var (command, callId) = Assert.Single(test.StartedCalls);
        Assert.Equal("w", command);
        Assert.Equal((callId, Value.From("one")), await test.Connections.ReportedAsync(caller));
        Assert.Equal((callId, Value.From("two")), await test.Connections.ReportedAsync(caller));
    }

    [Fact]
    public async Task Each_level_is_recorded_published_and_timed()
    {
        FunctionsUnderTest? running = null;
        await using var test = new GraphTest(table => table.Add("tick", (int ms, string? after = null) =>
        {
            running!.Time.Advance(TimeSpan.FromMilliseconds(ms));
            return ms;
        }));
        running = test.Functions;
        var caller = await test.Functions.ConnectAsync("caller");
        var graph = GraphTest.Parse("""[{"name":"a","fun":"tick","args":[5]},{"name":"b","fun":"tick","args":[20],"kwargs":{"after":"a.none"}},{"name":"c","fun":"echo","args":["b"]}]""");
        var reply = await test.RunAsync(
            graph with { ReturnIntermediateResults = true, IncludeSummary = true, IntermediateTopic = "steps" }, caller);

        Assert.Equal("""{"c":20}""", GraphTest.Text(reply));
        Assert.Equal([0, 1, 2], reply.Intermediate.Select(record => record.LevelIndex));
        Assert.Equal([1, 2, 3], reply.Intermediate.Select(record => record.CompletedLevels));
        Assert.All(reply.Intermediate, record => Assert.Equal(("req-1", 3), (record.RequestId, record.TotalLevels)));
        Assert.Equal("""{"b":20}""", GraphTest.Text(reply.Intermediate[1].LevelResults));
        Assert.Equal("""{"a":5,"b":20}""", GraphTest.Text(reply.Intermediate[1].AccumulatedResults));
        Assert.Equal([5, 20, 0], reply.Intermediate.Select(record => record.ExecutionTimeMs));

        var summary = reply.Summary!;
        Assert.Equal(("req-1", 25, 3, 1, 3), (summary.RequestId, summary.TotalExecutionTimeMs, summary.TotalLevels, summary.BottleneckLevelIndex, summary.ParallelCommandsExecuted));
        Assert.Equal([5, 20, 0], summary.LevelExecutionTimesMs);
        Assert.Equal(25 / 3.0, summary.AverageLevelTimeMs);

        Assert.Equal(["rpc_intermediate_req-1_0", "rpc_intermediate_req-1_1", "rpc_intermediate_req-1_2"], test.Topics.Published.Select(p => p.Message.MessageId));
        var (publisher, message) = test.Topics.Published[1];
        Assert.Equal((caller, "steps", "grains", """{"event":"rpc.intermediate_result"}"""), (publisher, message.Topic, message.Publisher, message.Headers.ToString()));
        using var payload = JsonDocument.Parse(message.Payload.Bytes);
        Assert.Equal(20, payload.RootElement.GetProperty("level_results").GetProperty("b").GetInt32());
        Assert.Equal(2, payload.RootElement.GetProperty("completed_levels").GetInt32());
    }

    [Theory]
    [InlineData(236, true)]
    [InlineData(237, false)]
    public async Task A_record_of_a_request_with_a_long_id_leaves_the_messages_id_to_the_topics(int chars, bool named)
    {
        await using var test = new GraphTest();
        var id = new string('x', chars);
        await test.RunAsync(GraphTest.Parse("""[{"name":"a","fun":"ping"}]""") with { RequestId = id, IntermediateTopic = "steps" });
        Assert.Equal(named ? $"rpc_intermediate_{id}_0" : null, Assert.Single(test.Topics.Published).Message.MessageId);
    }

    [Fact]
    public async Task A_refused_callback_topic_fails_the_graph()
    {
        await using var test = new GraphTest();
        test.Topics.Refusal = PublishReply.Fail(ErrorCode.TopicReserved, "reserved");
        var reply = await test.RunAsync(GraphTest.Parse("""[{"name":"a","fun":"ping"}]""") with { IntermediateTopic = "system.x" });
        Assert.Equal(ErrorCode.TopicReserved, reply.Error);
    }

    [Fact]
    public async Task As_many_commands_run_as_may_and_one_more_is_refused()
    {
        await using var test = new GraphTest(options: new FunctionOptions { GraphCommandsMax = 3 });
        var command = """{"name":"NAME","fun":"ping"}""";
        string Graph(int count) => $"[{string.Join(",", Enumerable.Range(0, count).Select(i => command.Replace("NAME", $"c{i}", StringComparison.Ordinal)))}]";
        Assert.Equal(3, (await test.RunAsync(Graph(3))).Results.Length);
        Assert.Equal(ErrorCode.FunctionLimit, (await test.RunAsync(Graph(4))).Error);
    }

    [Fact]
    public async Task A_chain_of_the_longest_length_runs_without_deep_recursion()
    {
        await using var test = new GraphTest();
        var commands = Enumerable.Range(1, 1023).Select(i => $$"""{"name":"c{{i}}","fun":"echo","args":["c{{i - 1}}"]}""");
        Assert.Equal("""{"c1023":7}""", await test.ResultsAsync($$"""[{"name":"c0","fun":"echo","args":[7]},{{string.Join(",", commands)}}]"""));
    }

    [Fact]
    public async Task Results_that_grow_by_reference_meet_a_limit()
    {
        await using var test = new GraphTest(options: new FunctionOptions { ResultBytesMax = 100_000 });
        var doubling = Enumerable.Range(1, 40).Select(i => $$"""{"name":"c{{i}}","fun":"twice","args":["c{{i - 1}}","c{{i - 1}}"]}""");
        var grows = $$"""[{"name":"c0","fun":"echo","args":[7]},{{string.Join(",", doubling)}}]""";
        var reply = await test.RunAsync(grows.Replace("twice", "echos", StringComparison.Ordinal));
        Assert.Equal(ErrorCode.FunctionLimit, reply.Error);

        var nesting = Enumerable.Range(1, 70).Select(i => $$"""{"name":"c{{i}}","fun":"echos","args":["c{{i - 1}}"]}""");
        reply = await test.RunAsync($$"""[{"name":"c0","fun":"echo","args":[7]},{{string.Join(",", nesting)}}]""");
        Assert.Equal(ErrorCode.JsonTooDeep, reply.Error);
    }

    [Fact]
    public async Task Intermediate_results_that_grow_by_the_square_meet_a_limit()
    {
        await using var test = new GraphTest(options: new FunctionOptions { ResultBytesMax = 20_000 });
        var chain = Enumerable.Range(1, 30).Select(i => $$"""{"name":"c{{i}}","fun":"echos","args":["{{new string('x', 100)}}","c{{i - 1}}.none"]}""");
        var graph = GraphTest.Parse($$"""[{"name":"c0","fun":"echo","args":[7]},{{string.Join(",", chain)}}]""");
        Assert.Equal(ErrorCode.None, (await test.RunAsync(graph)).Error);
        Assert.Equal(ErrorCode.FunctionLimit, (await test.RunAsync(graph with { ReturnIntermediateResults = true })).Error);
    }

    [Fact]
    public async Task Arguments_as_deep_as_may_be_pass_and_one_deeper_is_refused()
    {
        await using var test = new GraphTest();
        string Graph(int depth) => $$"""[{"name":"a","fun":"ping"},{"name":"b","fun":"echos","args":{{new string('[', depth)}}"a"{{new string(']', depth)}}}]""";
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Graph(64))).Error);
        Assert.Equal(ErrorCode.JsonTooDeep, (await test.RunAsync(Graph(65))).Error);
    }

    [Fact]
    public async Task As_many_references_as_may_be_pass_and_one_more_is_refused()
    {
        await using var test = new GraphTest();
        string Graph(int count) => $$"""[{"name":"a","fun":"echo","args":[1]},{"name":"b","fun":"echos","args":[{{string.Join(",", Enumerable.Repeat("\"a\"", count))}}]}]""";
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Graph(65_536))).Error);
        Assert.Equal(ErrorCode.FunctionLimit, (await test.RunAsync(Graph(65_537))).Error);
    }

    [Fact]
    public async Task Two_blocking_functions_of_one_level_overlap()
    {
        using var barrier = new Barrier(2);
        await using var test = new GraphTest(table => table.Add("meet", async () =>
        {
            var met = barrier.SignalAndWait(Guard.Limit, TestContext.Current.CancellationToken); // blocks before the first await
            await Task.Yield();
            return met;
        }));
        Assert.Equal("""{"a":true,"b":true}""", await test.ResultsAsync("""[{"name":"a","fun":"meet"},{"name":"b","fun":"meet"}]"""));
    }

    [Fact]
    public async Task Text_and_bytes_are_put_in_as_strings()
    {
        await using var test = new GraphTest(table =>
        {
            table.Add("text", () => Value.Text("a \"quoted\" text"));
            table.Add("bytes", () => Value.FromBytes(new byte[] { 1, 2, 3 }));
        });
        Assert.Equal("""{"o":["a \u0022quoted\u0022 text","AQID"]}""", await test.ResultsAsync(
            """[{"name":"t","fun":"text"},{"name":"b","fun":"bytes"},{"name":"o","fun":"echos","args":["t","b"]}]"""));
    }
}
