using System.Text.Json;
using Grains.Engine;
using Grains.Functions;
using Grains.Tests.Functions;

namespace Grains.Tests.Contracts;

/// <summary>What every function engine promises of calls and their ends. Written against the ports alone.</summary>
public abstract class FunctionContract
{
    private static readonly Value Ok = Value.Json("\"ok\"");

    /// <summary>How many nodes the engine has.</summary>
    protected virtual int Nodes => 1;

    protected abstract FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null);

    [Fact]
    public async Task A_call_reaches_its_provider_as_it_was_made_and_the_answer_the_caller()
    {
        await using var test = Start();
        var caller = await test.ConnectAsync("caller");
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var call = new FunctionCall("f") { Arguments = Value.Json("[ 1, \"a\\u0062\" ]"), Keywords = Value.Json("{ \"k\" : 1.0 }"), Stream = true };
        var reply = test.CallAsync(call, caller, "c1");

        var invocation = await test.Connections.InvokedAsync(provider);
        Assert.Equal("c1", invocation.CallId);
        Assert.Equal("f", invocation.Function);
        Assert.Equal("[ 1, \"a\\u0062\" ]", invocation.Arguments.ToString());
        Assert.Equal("{ \"k\" : 1.0 }", invocation.Keywords.ToString());
        Assert.Equal(caller, invocation.Caller);
        Assert.Equal(test.Time.NowUs() + 30_000_000, invocation.DeadlineAtUs);
        Assert.True(invocation.Stream);

        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Value.Json("[1,  2]")));
        Assert.Equal("[1,  2]", (await reply).Result.ToString());
    }

    [Fact]
    public async Task A_function_that_nobody_offers_is_not_found()
    {
        await using var test = Start();
        var reply = await test.CallAsync("nope");
        Assert.Equal((ErrorCode.FunctionNotFound, "Command not found", "Command not found: nope"), (reply.Error, reply.Message, reply.Details));
    }

    [Fact]
    public async Task An_error_of_the_provider_reaches_the_caller_as_it_is()
    {
        await using var test = Start();
        await test.ProviderAsync("p", new FunctionOffer("f"), _ => CallReply.Fail((ErrorCode)4711, "own", "details"));
        var reply = await test.CallAsync("f");
        Assert.Equal(((ErrorCode)4711, "own", "details"), (reply.Error, reply.Message, reply.Details));
    }

    [Fact]
    public async Task A_provider_whose_own_answer_is_that_nothing_was_found_has_run_the_call_once()
    {
        await using var test = Start();
        var caller = await test.ConnectAsync("caller");
        // Of a cluster's nodes one has "a", another "b".
        foreach (var name in new[] { "a", "b" })
        {
            var provider = await test.ProviderAsync(name, new FunctionOffer(name));
            foreach (var error in new[] { ErrorCode.FunctionNotFound, ErrorCode.ConnectionNotFound })
            {
                var callId = $"{name}-{error}";
                var asked = test.Connections.Asked(provider);
                var call = test.CallAsync(new FunctionCall(name) { Target = provider, Stream = true }, caller, callId);
                await test.Connections.InvokedAsync(provider);
                test.Connections.Script(provider, _ => CallReply.Fail(error, "asked again"));
                await test.Engine.ReportAsync(provider, callId, Value.From(1));
                await test.Engine.CompleteAsync(provider, callId, CallReply.Fail(error, "own", "details"));
                var reply = await call;
                Assert.Equal((error, "own", "details"), (reply.Error, reply.Message, reply.Details));
                Assert.Equal(asked + 1, test.Connections.Asked(provider));
                Assert.Equal((callId, Value.From(1)), await test.Connections.ReportedAsync(caller));
                Assert.False(test.Connections.HasReports(caller));
                test.Connections.Script(provider, null);
            }
        }
    }

    [Fact]
    public async Task An_answer_of_another_connection_is_ignored()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var other = await test.ProviderAsync("other", new FunctionOffer("g"));
        var reply = test.CallAsync(new FunctionCall("f"), callId: "c1");
        await test.Connections.InvokedAsync(provider);

        await test.Engine.CompleteAsync(other, "c1", CallReply.Ok(Value.Json("\"forged\"")));
        await test.Engine.CompleteAsync(other, "c1", CallReply.Fail(ErrorCode.Busy, "forged"));
        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Ok));
        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Value.Json("\"late\"")));
        Assert.Equal(Ok, (await reply).Result);
    }

    [Fact]
    public async Task A_call_times_out_at_its_deadline_and_its_provider_is_told()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"), callId: "c1", timeout: TimeSpan.FromSeconds(2));
        await test.Connections.InvokedAsync(provider);

        test.Time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromMilliseconds(1));
        Assert.False(test.Connections.HasCancels(provider));
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ErrorCode.Timeout, (await reply).Error);
        Assert.Equal(("c1", ErrorCode.Timeout), await test.Connections.CancelledAsync(provider));
        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Ok));
    }

    [Fact]
    public async Task Deadlines_pass_in_their_own_order()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var calls = new Task<CallReply>[50];
        for (var i = 0; i < calls.Length; i++)
        {
            calls[i] = test.CallAsync(new FunctionCall("f"), timeout: TimeSpan.FromSeconds(1 + (i * 17 % 50)));
            await test.Connections.InvokedAsync(provider);
        }

        for (var second = 1; second <= 50; second++)
        {
            test.Time.Advance(TimeSpan.FromSeconds(1));
            var due = Array.FindIndex(Enumerable.Range(0, 50).ToArray(), i => 1 + (i * 17 % 50) == second);
            Assert.Equal(ErrorCode.Timeout, (await calls[due]).Error);
            Assert.Equal(50 - second, calls.Count(call => !call.IsCompleted));
        }
    }

    [Fact]
    public async Task A_deadline_that_has_passed_runs_nothing()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"), _ => CallReply.Ok(Ok));
        Assert.Equal(ErrorCode.Timeout, (await test.CallAsync(new FunctionCall("f"), timeout: TimeSpan.FromSeconds(-1))).Error);
        Assert.Equal(0, test.Connections.Asked(provider));
    }

    [Fact]
    public async Task A_deadline_beyond_the_longest_timeout_is_cut()
    {
        await using var test = Start(new FunctionOptions { TimeoutMax = TimeSpan.FromMinutes(2) });
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"), timeout: TimeSpan.FromDays(1));
        Assert.Equal(test.Time.NowUs() + 120_000_000, (await test.Connections.InvokedAsync(provider)).DeadlineAtUs);
        test.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(ErrorCode.Timeout, (await reply).Error);
    }

    [Fact]
    public async Task A_call_without_a_deadline_has_its_own_timeout_or_the_default()
    {
        await using var test = Start(new FunctionOptions { DefaultTimeout = TimeSpan.FromSeconds(3) });
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var byDefault = test.Engine.CallAsync(new CallCommand("c1", default, new FunctionCall("f"), DeadlineAtUs: 0)).OrFail();
        Assert.Equal(test.Time.NowUs() + 3_000_000, (await test.Connections.InvokedAsync(provider)).DeadlineAtUs);
        var own = test.Engine.CallAsync(new CallCommand("c2", default, new FunctionCall("f") { Timeout = TimeSpan.FromSeconds(1) }, DeadlineAtUs: 0)).OrFail();
        Assert.Equal(test.Time.NowUs() + 1_000_000, (await test.Connections.InvokedAsync(provider)).DeadlineAtUs);
        test.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((ErrorCode.Timeout, ErrorCode.Timeout), ((await byDefault).Error, (await own).Error));
    }

    [Fact]
    public async Task A_cancel_ends_the_call_at_once_and_tells_its_provider()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"), callId: "c1");
        await test.Connections.InvokedAsync(provider);
        await test.Engine.CancelAsync("unknown");
        await test.Engine.CancelAsync("c1");
        await test.Engine.CancelAsync("c1");
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        Assert.Equal(("c1", ErrorCode.Cancelled), await test.Connections.CancelledAsync(provider));
        Assert.False(test.Connections.HasCancels(provider));
    }

    [Fact]
    public async Task Calls_of_a_connection_that_goes_away_are_cancelled_at_their_provider()
    {
        await using var test = Start();
        var caller = await test.ConnectAsync("caller");
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"), caller, "c1");
        await test.Connections.InvokedAsync(provider);
        await test.CloseAsync(caller);
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        Assert.Equal(("c1", ErrorCode.ConnectionLost), await test.Connections.CancelledAsync(provider));
        Assert.Equal(ErrorCode.ConnectionLost, (await test.CallAsync(new FunctionCall("f"), caller)).Error);
    }

    [Fact]
    public async Task Calls_fail_at_once_when_their_provider_goes_away()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"));
        await test.Connections.InvokedAsync(provider);
        await test.CloseAsync(provider);
        Assert.Equal(ErrorCode.ProviderLost, (await reply).Error);
        Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync("f")).Error);
    }

    [Fact]
    public async Task A_call_fails_at_once_when_its_provider_has_taken_back_what_it_offers_and_then_goes_away()
    {
        await using var test = Start();
        await test.ProviderAsync("first", new FunctionOffer("f"));
        // Of a cluster's nodes one has "a", another "b", and one of these decides the function.
        foreach (var name in new[] { "a", "b" })
        {
            var provider = await test.ProviderAsync(name, new FunctionOffer("f"));
            var reply = test.CallAsync(new FunctionCall("f") { Target = provider });
            await test.Connections.InvokedAsync(provider);
            Assert.True(await test.Engine.WithdrawAsync(provider, "f"));
            Assert.False(reply.IsCompleted);
            await test.CloseAsync(provider);
            Assert.Equal(ErrorCode.ProviderLost, (await reply).Error);
        }
    }

    [Fact]
    public async Task Built_in_functions_answer()
    {
        await using var test = Start();
        Assert.Equal("{\"a\" : 1}", (await test.CallAsync("echo", "[{\"a\" : 1}]")).Result.ToString());
        Assert.Equal(ErrorCode.InvalidArguments, (await test.CallAsync("echo", "[1,2]")).Error);
        Assert.Equal("[1, \"x\"]", (await test.CallAsync("echos", "[1, \"x\"]")).Result.ToString());
        Assert.Equal("\"pong\"", (await test.CallAsync("ping")).Result.ToString());
    }

    [Fact]
    public async Task The_map_has_every_node_and_the_peers_are_the_others()
    {
        await using var test = Start();
        Assert.Equal(Nodes, (await test.Engine.NodesAsync()).Length);
        var map = (await test.CallAsync("cluster_map")).Result.As<JsonElement>().GetProperty("nodes");
        Assert.Equal(Nodes, map.GetArrayLength());
        var peers = (await test.CallAsync("list_peers")).Result.As<JsonElement>();
        Assert.Equal(Nodes - 1, peers.GetArrayLength());
    }

    [Fact]
    public async Task Items_of_a_stream_come_in_order_before_the_answer_to_callers_that_asked()
    {
        await using var test = Start();
        var caller = await test.ConnectAsync("caller");
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var streamed = test.CallAsync(new FunctionCall("f") { Stream = true }, caller, "c1");
        await test.Connections.InvokedAsync(provider);
        for (var i = 0; i < 100; i++)
            await test.Engine.ReportAsync(provider, "c1", Value.From(i));
        await test.Engine.ReportAsync(new("other"), "c1", Value.From("forged"));
        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Ok));
        await test.Engine.ReportAsync(provider, "c1", Value.From("late"));
        Assert.Equal(Ok, (await streamed).Result);
        for (var i = 0; i < 100; i++)
            Assert.Equal(("c1", Value.From(i)), await test.Connections.ReportedAsync(caller));

        var plain = test.CallAsync(new FunctionCall("f"), caller, "c2");
        await test.Connections.InvokedAsync(provider);
        await test.Engine.ReportAsync(provider, "c2", Value.From(1));
        await test.Engine.CompleteAsync(provider, "c2", CallReply.Ok(Ok));
        await plain;
        Assert.False(test.Connections.HasReports(caller));
    }

    [Fact]
    public async Task An_item_at_the_limit_of_a_result_passes_and_one_past_it_fails_the_call()
    {
        await using var test = Start(new FunctionOptions { ResultBytesMax = 2000 });
        var caller = await test.ConnectAsync("caller");
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f") { Stream = true }, caller, "c1");
        await test.Connections.InvokedAsync(provider);
        await test.Engine.ReportAsync(provider, "c1", Value.From(new string('x', 1998)));
        await test.Connections.ReportedAsync(caller);
        await test.Engine.ReportAsync(provider, "c1", Value.From(new string('x', 1999)));
        Assert.Equal(ErrorCode.ExecutionFailed, (await reply).Error);
        Assert.Equal(("c1", ErrorCode.Cancelled), await test.Connections.CancelledAsync(provider));
    }

    [Fact]
    public async Task A_result_at_the_limit_passes_and_one_past_it_fails()
    {
        await using var test = Start(new FunctionOptions { ResultBytesMax = 2000 }, table => table.Add("here", (int n) => new string('x', n)));
        await test.ProviderAsync("p", new FunctionOffer("f"), call => CallReply.Ok(Value.Json('"' + new string('x', call.Arguments.As<int[]>()![0]) + '"')));
        foreach (var function in new[] { "f", "here" })
        {
            Assert.Equal(2000, (await test.CallAsync(function, "[1998]")).Result.Bytes.Length);
            var reply = await test.CallAsync(function, "[1999]");
            Assert.Equal((ErrorCode.ExecutionFailed, "RPC execution failed"), (reply.Error, reply.Message));
        }
    }

    [Fact]
    public async Task A_dotnet_function_answers_and_what_it_throws_is_its_answer()
    {
        await using var test = Start(functions: table =>
        {
            table.Add("add", (int a, int b = 10) => a + b);
            table.Add("later", async (string s) =>
            {
                await Task.Yield();
                return s.Length;
            });
            table.Add("throws", string (int n) => throw new InvalidOperationException($"bad {n}"));
        });
        Assert.Equal("11", (await test.CallAsync("add", "[1]")).Result.ToString());
        Assert.Equal("3", (await test.CallAsync("later", "[\"abc\"]")).Result.ToString());
        var reply = await test.CallAsync("throws", "[7]");
        Assert.Equal((ErrorCode.ExecutionFailed, "RPC execution failed", "InvalidOperationException: bad 7"), (reply.Error, reply.Message, reply.Details));
        Assert.Equal(ErrorCode.InvalidArguments, (await test.CallAsync("add", "[1,2,3]")).Error);
    }

    [Fact]
    public async Task A_dotnet_function_sees_its_call_and_its_cancel()
    {
        var seen = new TaskCompletionSource<ICallContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var test = Start(functions: table => table.Add("f", async (ICallContext context, CancellationToken token) =>
        {
            using var registration = token.Register(() => stopped.SetResult(true));
            seen.SetResult(context);
            await Task.Delay(Timeout.Infinite, token);
        }));
        var caller = await test.ConnectAsync("caller");
        var reply = test.CallAsync(new FunctionCall("f"), caller, "c1");
        var context = await seen.Task.OrFail();
        Assert.Equal(("c1", caller), (context.CallId, context.Caller));
        Assert.Equal(test.Time.GetUtcNow().AddSeconds(30), context.Deadline);
        await test.Engine.CancelAsync("c1");
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        Assert.True(await stopped.Task.OrFail());
    }

    [Fact]
    public async Task A_dotnet_stream_is_reported_or_collected()
    {
        static async IAsyncEnumerable<int> Count(int n)
        {
            for (var i = 0; i < n; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }

        await using var test = Start(functions: table => table.Add("count", Count));
        var caller = await test.ConnectAsync("caller");
        Assert.Equal("[0,1,2]", (await test.CallAsync("count", "[3]")).Result.ToString());
        Assert.Equal("[]", (await test.CallAsync("count", "[0]")).Result.ToString());
        var reply = await test.CallAsync(new FunctionCall("count") { Arguments = Value.Json("[3]"), Stream = true }, caller, "c1");
        Assert.Equal((ErrorCode.None, true), (reply.Error, reply.Result.IsNone));
        for (var i = 0; i < 3; i++)
            Assert.Equal(("c1", Value.From(i)), await test.Connections.ReportedAsync(caller));
    }

    [Fact]
    public async Task Two_dotnet_functions_that_block_run_at_the_same_time()
    {
        using var barrier = new Barrier(2);
        await using var test = Start(functions: table => table.Add("meet", () => barrier.SignalAndWait(Guard.Limit, TestContext.Current.CancellationToken)));
        var first = test.CallAsync("meet");
        var second = test.CallAsync("meet");
        Assert.Equal(("true", "true"), ((await first).Result.ToString(), (await second).Result.ToString()));
    }
}
