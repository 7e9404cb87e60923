namespace Grains.Tests.Client;

/// <summary>The verbs of functions.</summary>
public abstract class FunctionApiContract : UserApiContract
{
    private IFunctions Functions => Grains.Functions;

    [Fact]
    public async Task Built_in_functions_are_called()
    {
        Assert.Equal("hi", await Functions.CallAsync<string>("echo", "hi"));
        Assert.Equal(".call", await Functions.CallAsync<string>("echo", ".call"));
        Assert.Equal(new[] { 1, 2 }, await Functions.CallAsync<int[]>("echos", 1, 2));
        Assert.Equal("pong", await Functions.CallAsync<string>("ping"));
    }

    [Fact]
    public async Task An_offered_delegate_is_called_by_position_and_by_name()
    {
        await using var offer = await Functions.OfferAsync("greet", (string name, string greeting = "Hello") => $"{greeting}, {name}");
        Assert.Equal("Hello, Ada", await Functions.CallAsync<string>("greet", "Ada"));
        Assert.Equal("Hi, Ada", await Functions.CallWithAsync<string>("greet", new { name = "Ada", greeting = "Hi" }));
    }

    [Fact]
    public async Task A_withdrawn_function_is_gone()
    {
        var offer = await Functions.OfferAsync("brief", () => 1);
        Assert.Equal(1, await Functions.CallAsync<int>("brief"));
        await offer.DisposeAsync();
        Assert.Equal(ErrorCode.FunctionNotFound, (await Assert.ThrowsAsync<GrainsException>(() => Functions.CallAsync<int>("brief").AsTask())).Code);
    }

    [Fact]
    public async Task The_exception_of_a_call_says_what_the_details_say()
    {
        var unknown = await Assert.ThrowsAsync<GrainsException>(() => Functions.CallAsync<int>("unheard_of", 1, 2).AsTask());
        Assert.Equal("Command not found: unheard_of", unknown.Message);
        await using var failing = await Functions.OfferAsync("fail_loudly", int () => throw new InvalidOperationException("no luck"));
        var failed = await Assert.ThrowsAsync<GrainsException>(() => Functions.CallAsync<int>("fail_loudly").AsTask());
        Assert.Equal("RPC execution failed: InvalidOperationException: no luck", failed.Message);
    }

    [Fact]
    public async Task What_a_function_throws_reaches_its_caller()
    {
        await using var failing = await Functions.OfferAsync("fail", int () => throw new InvalidOperationException("no luck"));
        var failed = await Functions.CallAsync(new FunctionCall("fail"));
        Assert.Equal(ErrorCode.ExecutionFailed, failed.Error);
        Assert.Contains("no luck", failed.Details, StringComparison.Ordinal);
        await using var known = await Functions.OfferAsync("known", int () => throw new GrainsException(ErrorCode.NotFound, "No such order"));
        Assert.Equal((ErrorCode.NotFound, "No such order"), await ErrorOfAsync("known"));
        await using var strict = await Functions.OfferAsync("strict", (int n) => n);
        Assert.Equal(ErrorCode.InvalidArguments, (await Functions.CallAsync(new FunctionCall("strict"))).Error);
    }

    [Fact]
    public async Task Reserved_names_cannot_be_offered() =>
        Assert.Equal(ErrorCode.FunctionReserved, (await Assert.ThrowsAsync<GrainsException>(() => Functions.OfferAsync("echo", () => 1).AsTask())).Code);

    [Fact]
    public async Task A_stream_comes_item_by_item_or_as_one_array()
    {
        await using var offer = await Functions.OfferAsync("count", Count);
        Assert.Equal(new[] { 0, 1, 2 }, await Functions.StreamAsync<int>("count", 3).ToArrayAsync());
        Assert.Equal(new[] { 0, 1, 2 }, await Functions.CallAsync<int[]>("count", 3));
        Assert.Equal(new[] { "hi" }, await Functions.StreamAsync<string>("echo", "hi").ToArrayAsync());
    }

    [Fact]
    public async Task Progress_is_streamed_before_the_result()
    {
        await using var offer = await Functions.OfferAsync("work", async (ICallContext call) =>
        {
            await call.ReportAsync(Value.Json("50"));
            return 100;
        });
        Assert.Equal(new[] { 50, 100 }, await Functions.StreamAsync<int>("work").ToArrayAsync());
        Assert.Equal(100, await Functions.CallAsync<int>("work"));
    }

    [Fact]
    public async Task A_stream_that_is_left_cancels_its_call()
    {
        var cancelled = new TaskCompletionSource();
        await using var offer = await Functions.OfferAsync("endless", (CancellationToken token) => Endless(cancelled, token));
        await foreach (var item in Functions.StreamAsync<int>("endless"))
        {
            if (item == 3)
                break;
        }

        await cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Cancelling_reaches_the_provider()
    {
        var started = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var offer = await Functions.OfferAsync("wait", async (CancellationToken token) =>
        {
            using var registration = token.Register(() => ended.TrySetResult());
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        using var cancelling = new CancellationTokenSource();
        var call = Functions.CallAsync<int>(new FunctionCall("wait"), cancelling.Token).AsTask();
        await started.Task.WaitAsync(Patience);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_times_out()
    {
        var started = new TaskCompletionSource();
        await using var offer = await Functions.OfferAsync("slow", async (CancellationToken token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        var call = Functions.CallAsync(new FunctionCall("slow") { Timeout = TimeSpan.FromSeconds(20) }).AsTask();
        await started.Task.WaitAsync(Patience);
        Server.Time!.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ErrorCode.Timeout, (await call.WaitAsync(Patience)).Error);
    }

    [Fact]
    public async Task A_graph_runs_by_its_references()
    {
        await using var load = await Functions.OfferAsync("load", (int n) => new { items = new[] { n, n + 1 } });
        await using var add = await Functions.OfferAsync("add", (int a, int b) => a + b);
        var graph = new CallGraphBuilder();
        var loaded = graph.Call("loaded", "load", 20);
        graph.Call("sum", "add", loaded.At("items.0"), loaded.At("items.1"));
        var reply = await Functions.RunAsync(graph.Build() with { IncludeSummary = true, ReturnIntermediateResults = true });
        Assert.Equal(41, reply.Result<int>("sum"));
        Assert.Equal(2, reply.Summary!.TotalLevels);
        Assert.Equal([1, 2], reply.Intermediate.Select(i => i.CompletedLevels));
    }

    [Fact]
    public async Task A_reference_that_finds_nothing_fails_the_graph()
    {
        var graph = new CallGraphBuilder();
        var one = graph.Call("one", "echo", 1);
        graph.Call("two", "echo", one.At("nowhere"));
        Assert.Equal(ErrorCode.UnresolvedReference, (await Functions.RunAsync(graph.Build())).Error);
    }

    [Fact]
    public async Task Offers_are_listed()
    {
        var offer = new FunctionOffer("resize") { Locs = ["gpu"], Priority = 5, ConcurrencyMax = 8, Description = "Makes it smaller.", Version = "2.0.0" };
        await using var _ = await Functions.OfferAsync(offer, (string image, int width) => image + width);
        var listed = Assert.Single(await Functions.ListAsync("res*"));
        Assert.Equal(("resize", 5, 8, "Makes it smaller.", "2.0.0"),
            (listed.Offer.Function, listed.Offer.Priority, listed.Offer.ConcurrencyMax, listed.Offer.Description, listed.Offer.Version));
        Assert.Equal(["gpu"], listed.Offer.Locs);
        Assert.Equal(["image", "width"], listed.Offer.Parameters);
        Assert.NotEmpty(listed.ConnectionId);
    }

    [Fact]
    public async Task A_callback_that_throws_when_its_call_is_cancelled_concerns_no_caller()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var offer = await Functions.OfferAsync("touchy", async (CancellationToken cancelled) =>
        {
            var waiting = Task.Delay(Timeout.Infinite, cancelled);
            using var callback = cancelled.Register(() => throw new InvalidOperationException("The callback's own."));
            started.TrySetResult();
            await waiting;
        });
        using var cancelling = new CancellationTokenSource();
        var call = Functions.CallAsync(new FunctionCall("touchy"), cancelling.Token).AsTask();
        await started.Task.WaitAsync(Patience);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        Assert.Equal("hi", await Functions.CallAsync<string>("echo", "hi"));
    }

    [Fact]
    public async Task Calls_run_beside_each_other()
    {
        using var all = new CountdownEvent(4);
        await using var offer = await Functions.OfferAsync("meet", async () =>
        {
            all.Signal();
            await Task.Run(all.Wait);
            return 1;
        });
        var calls = Enumerable.Range(0, 4).Select(_ => Functions.CallAsync<int>("meet").AsTask());
        Assert.Equal(4, (await Task.WhenAll(calls).WaitAsync(Patience)).Sum());
    }

    private async Task<(ErrorCode, string?)> ErrorOfAsync(string function)
    {
        var reply = await Functions.CallAsync(new FunctionCall(function));
        return (reply.Error, reply.Message);
    }

    private static async IAsyncEnumerable<int> Count(int n)
    {
        for (var i = 0; i < n; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    private static async IAsyncEnumerable<int> Endless(
        TaskCompletionSource cancelled, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        // Told by its end: a callback that is taken back when the function sees the token first may not be called.
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                token.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            if (token.IsCancellationRequested)
                cancelled.TrySetResult();
        }
    }
}
