using Grains.Engine;
using Grains.Functions;
using Grains.Tests.Functions;

namespace Grains.Tests.Contracts;

/// <summary>What every function engine promises of who offers functions and which of them gets a call. Written against the ports alone.</summary>
public abstract class FunctionProviderContract
{
    private static readonly Value Ok = Value.Json("\"ok\"");

    protected abstract FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null);

    [Fact]
    public async Task A_busy_provider_passes_the_call_to_the_next()
    {
        await using var test = Start();
        var first = await test.ProviderAsync("p1", new FunctionOffer("f") { Priority = 2 }, _ => CallReply.Fail(ErrorCode.Busy, "busy"));
        await test.ProviderAsync("p2", new FunctionOffer("f") { Priority = 1 }, _ => CallReply.Ok(Ok));
        Assert.Equal(Ok, (await test.CallAsync("f")).Result);
        Assert.Equal(1, test.Connections.Asked(first));
    }

    [Fact]
    public async Task A_provider_that_refuses_later_passes_the_call_to_the_next()
    {
        await using var test = Start();
        var first = await test.ProviderAsync("p1", new FunctionOffer("f") { Priority = 2 });
        var second = await test.ProviderAsync("p2", new FunctionOffer("f") { Priority = 1 });
        var reply = test.CallAsync(new FunctionCall("f"), callId: "c1");
        await test.Connections.InvokedAsync(first);
        await test.Engine.CompleteAsync(first, "c1", CallReply.Fail(ErrorCode.Busy, "busy"));
        await test.Connections.InvokedAsync(second);
        await test.Engine.CompleteAsync(first, "c1", CallReply.Ok(Value.Json("\"changed its mind\"")));
        await test.Engine.CompleteAsync(second, "c1", CallReply.Ok(Ok));
        Assert.Equal(Ok, (await reply).Result);
    }

    [Fact]
    public async Task A_call_that_every_provider_refuses_is_busy_and_asked_nobody_twice()
    {
        await using var test = Start();
        var providers = new List<ConnectionId>();
        for (var i = 0; i < 5; i++)
            providers.Add(await test.ProviderAsync($"p{i}", new FunctionOffer("f"), _ => CallReply.Fail(ErrorCode.Busy, "busy")));
        Assert.Equal(ErrorCode.Busy, (await test.CallAsync("f")).Error);
        Assert.All(providers, provider => Assert.Equal(1, test.Connections.Asked(provider)));
    }

    [Fact]
    public async Task A_call_whose_only_provider_can_be_sent_nothing_is_busy()
    {
        await using var test = Start();
        test.Connections.Disconnect(await test.ProviderAsync("p", new FunctionOffer("f"), _ => CallReply.Ok(default)));
        Assert.Equal(ErrorCode.Busy, (await test.CallAsync("f")).Error);
    }

    [Fact]
    public async Task A_provider_that_has_just_gone_has_not_run_the_call()
    {
        await using var test = Start();
        var gone = await test.ProviderAsync("gone", new FunctionOffer("f") { Priority = 2 });
        await test.ProviderAsync("p", new FunctionOffer("f"), _ => CallReply.Ok(Ok));
        test.Connections.Disconnect(gone);
        Assert.Equal(Ok, (await test.CallAsync("f")).Result);
    }

    [Fact]
    public async Task A_provider_at_its_limit_gets_no_more_until_a_place_is_free()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f") { ConcurrencyMax = 2 });
        var replies = new List<Task<CallReply>>();
        for (var i = 0; i < 5; i++)
            replies.Add(test.CallAsync(new FunctionCall("f"), callId: $"c{i}"));
        var running = new Queue<string>();
        for (var i = 0; i < 2; i++)
            running.Enqueue((await test.Connections.InvokedAsync(provider)).CallId);
        Assert.Equal(2, test.Connections.Asked(provider));
        for (var next = 2; next < 5; next++)
        {
            await test.Engine.CompleteAsync(provider, running.Dequeue(), CallReply.Ok(Ok));
            var invocation = await test.Connections.InvokedAsync(provider);
            Assert.Equal($"c{next}", invocation.CallId);
            running.Enqueue(invocation.CallId);
            Assert.Equal(next + 1, test.Connections.Asked(provider));
        }

        while (running.TryDequeue(out var last))
            await test.Engine.CompleteAsync(provider, last, CallReply.Ok(Ok));
        Assert.All(await Task.WhenAll(replies), reply => Assert.Equal(ErrorCode.None, reply.Error));
    }

    [Fact]
    public async Task Waiting_calls_end_by_deadline_cancel_and_loss_of_their_caller()
    {
        await using var test = Start();
        var caller = await test.ConnectAsync("caller");
        var provider = await test.ProviderAsync("p", new FunctionOffer("f") { ConcurrencyMax = 1 });
        var running = test.CallAsync(new FunctionCall("f"), callId: "running");
        await test.Connections.InvokedAsync(provider);
        var late = test.CallAsync(new FunctionCall("f"), timeout: TimeSpan.FromSeconds(1));
        var cancelled = test.CallAsync(new FunctionCall("f"), callId: "cancelled");
        var lost = test.CallAsync(new FunctionCall("f"), caller);
        var served = test.CallAsync(new FunctionCall("f"), callId: "served");

        test.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.Timeout, (await late).Error);
        await test.Engine.CancelAsync("cancelled");
        Assert.Equal(ErrorCode.Cancelled, (await cancelled).Error);
        await test.CloseAsync(caller);
        Assert.Equal(ErrorCode.Cancelled, (await lost).Error);
        await test.Engine.CompleteAsync(provider, "running", CallReply.Ok(Ok));
        Assert.Equal(ErrorCode.None, (await running).Error);
        Assert.Equal("served", (await test.Connections.InvokedAsync(provider)).CallId);
        await test.Engine.CompleteAsync(provider, "served", CallReply.Ok(Ok));
        Assert.Equal(ErrorCode.None, (await served).Error);
        Assert.False(test.Connections.HasCancels(provider));
    }

    [Fact]
    public async Task As_many_calls_wait_as_may_and_one_more_is_busy()
    {
        await using var test = Start(new FunctionOptions { CallsWaitingMax = 3 });
        var provider = await test.ProviderAsync("p", new FunctionOffer("f") { ConcurrencyMax = 1 }, null);
        var replies = Enumerable.Range(0, 4).Select(i => test.CallAsync(new FunctionCall("f"), callId: $"c{i}")).ToList();
        await test.Connections.InvokedAsync(provider);
        Assert.Equal(ErrorCode.Busy, (await test.CallAsync("f")).Error);
        Assert.All(replies, reply => Assert.False(reply.IsCompleted));
        test.Connections.Script(provider, _ => CallReply.Ok(Ok));
        await test.Engine.CompleteAsync(provider, "c0", CallReply.Ok(Ok));
        Assert.All(await Task.WhenAll(replies), reply => Assert.Equal(ErrorCode.None, reply.Error));
    }

    [Fact]
    public async Task Waiting_calls_get_a_new_provider_and_hear_when_none_is_left()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f") { ConcurrencyMax = 1 });
        _ = test.CallAsync(new FunctionCall("f"));
        await test.Connections.InvokedAsync(provider);
        var first = test.CallAsync(new FunctionCall("f"));
        await test.ProviderAsync("q", new FunctionOffer("f") { ConcurrencyMax = 1 }, _ => CallReply.Ok(Ok));
        Assert.Equal(Ok, (await first).Result);

        await test.CloseAsync(new ConnectionId("q"));
        var second = test.CallAsync(new FunctionCall("f"));
        Assert.True(await test.Engine.WithdrawAsync(provider, "f"));
        Assert.Equal(ErrorCode.FunctionNotFound, (await second).Error);
    }

    [Fact]
    public async Task The_highest_priority_is_asked_then_the_least_loaded_and_equals_take_turns()
    {
        await using var test = Start();
        var low = await test.ProviderAsync("low", new FunctionOffer("f") { Priority = 1 }, _ => CallReply.Ok(Ok));
        var a = await test.ProviderAsync("a", new FunctionOffer("f") { Priority = 5 }, _ => CallReply.Ok(Ok));
        var b = await test.ProviderAsync("b", new FunctionOffer("f") { Priority = 5 }, _ => CallReply.Ok(Ok));
        for (var i = 0; i < 10; i++)
            await test.CallAsync("f");
        Assert.Equal((0, 5, 5), (test.Connections.Asked(low), test.Connections.Asked(a), test.Connections.Asked(b)));

        test.Connections.Script(a, null);
        test.Connections.Script(b, null);
        var replies = Enumerable.Range(0, 4).Select(_ => test.CallAsync("f")).ToList();
        for (var i = 0; i < 7; i++)
        {
            await test.Connections.InvokedAsync(a);
            await test.Connections.InvokedAsync(b);
        }

        Assert.All(replies, reply => Assert.False(reply.IsCompleted));
    }

    [Fact]
    public async Task Tags_are_matched_exactly_before_more_and_never_by_less()
    {
        await using var test = Start();
        await test.ProviderAsync("more", new FunctionOffer("f") { Locs = ["gpu", "eu", "fast"], Priority = 9 }, _ => CallReply.Ok(Value.Json("\"more\"")));
        var exact = await test.ProviderAsync("exact", new FunctionOffer("f") { Locs = ["eu", "gpu"] }, _ => CallReply.Ok(Value.Json("\"exact\"")));
        await test.ProviderAsync("less", new FunctionOffer("f") { Locs = ["eu"], Priority = 99 }, _ => CallReply.Ok(Value.Json("\"less\"")));

        async Task<string> AskAsync(params string[] locs) => (await test.CallAsync(new FunctionCall("f") { Locs = [.. locs] })) is { Error: ErrorCode.None } reply
            ? reply.Result.ToString() : "none";
        Assert.Equal("\"less\"", await AskAsync());
        Assert.Equal("\"exact\"", await AskAsync("gpu", "eu"));
        Assert.Equal("\"exact\"", await AskAsync("gpu", "eu", "gpu"));
        Assert.Equal("\"more\"", await AskAsync("fast"));
        Assert.Equal("none", await AskAsync("mars"));
        await test.CloseAsync(exact);
        Assert.Equal("\"more\"", await AskAsync("gpu", "eu"));
    }

    [Fact]
    public async Task A_call_can_be_addressed_to_one_connection()
    {
        await using var test = Start();
        await test.ProviderAsync("a", new FunctionOffer("f") { Priority = 9 }, _ => CallReply.Ok(Value.Json("\"a\"")));
        var b = await test.ProviderAsync("b", new FunctionOffer("f"), _ => CallReply.Ok(Value.Json("\"b\"")));
        Assert.Equal("\"b\"", (await test.CallAsync(new FunctionCall("f") { Target = b })).Result.ToString());
        Assert.Equal(ErrorCode.ConnectionNotFound, (await test.CallAsync(new FunctionCall("f") { Target = new("nobody") })).Error);
        Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync(new FunctionCall("g") { Target = b })).Error);
        Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync(new FunctionCall("echo") { Target = b, Arguments = Value.Json("[1]") })).Error);
        test.Connections.Script(b, _ => CallReply.Fail(ErrorCode.Busy, "busy"));
        Assert.Equal(ErrorCode.Busy, (await test.CallAsync(new FunctionCall("f") { Target = b })).Error);
    }

    [Fact]
    public async Task Built_in_names_cannot_be_offered()
    {
        await using var test = Start();
        var provider = await test.ConnectAsync("p");
        foreach (var name in new[] { "echo", "echos", "ping", "rpc_list", "rpc_describe", "list_peers", "cluster_map" })
            Assert.Equal(ErrorCode.FunctionReserved, (await test.Engine.OfferAsync(provider, new FunctionOffer(name))).Error);
    }

    [Fact]
    public async Task Names_and_numbers_of_offers_are_limited()
    {
        await using var test = Start(new FunctionOptions { OffersPerConnectionMax = 2, NameCharsMax = 10, ConcurrencyMax = 4 });
        var provider = await test.ConnectAsync("p");
        async Task<ErrorCode> OfferAsync(FunctionOffer offer) => (await test.Engine.OfferAsync(provider, offer)).Error;
        Assert.Equal(ErrorCode.None, await OfferAsync(new(new string('f', 10))));
        Assert.Equal(ErrorCode.InvalidName, await OfferAsync(new(new string('f', 11))));
        Assert.Equal(ErrorCode.InvalidName, await OfferAsync(new("")));
        Assert.Equal(ErrorCode.None, await OfferAsync(new("second") { ConcurrencyMax = 4 }));
        Assert.Equal(ErrorCode.FunctionLimit, await OfferAsync(new("second") { ConcurrencyMax = 5 }));
        Assert.Equal(ErrorCode.InvalidArguments, await OfferAsync(new("second") { ConcurrencyMax = 0 }));
        Assert.Equal(ErrorCode.FunctionLimit, await OfferAsync(new("third")));
        Assert.Equal(ErrorCode.None, await OfferAsync(new("second")));
        Assert.True(await test.Engine.WithdrawAsync(provider, "second"));
        Assert.Equal(ErrorCode.None, await OfferAsync(new("third")));
        Assert.Equal(ErrorCode.ConnectionNotFound, (await test.Engine.OfferAsync(new("nobody"), new("f"))).Error);
    }

    [Fact]
    public async Task Offering_again_replaces_the_offer_and_withdrawing_twice_finds_nothing()
    {
        await using var test = Start();
        var provider = await test.ProviderAsync("p", new FunctionOffer("f") { ConcurrencyMax = 1 });
        var running = test.CallAsync(new FunctionCall("f"), callId: "c1");
        await test.Connections.InvokedAsync(provider);
        var waiting = test.CallAsync(new FunctionCall("f"), callId: "c2");
        await test.Engine.OfferAsync(provider, new FunctionOffer("f") { ConcurrencyMax = 2, Description = "again" });
        Assert.Equal("c2", (await test.Connections.InvokedAsync(provider)).CallId);
        var info = Assert.Single(await test.Engine.ListAsync("f"));
        Assert.Equal(("again", "p", 2), (info.Offer.Description, info.ConnectionId, info.Running));

        Assert.True(await test.Engine.WithdrawAsync(provider, "f"));
        Assert.False(await test.Engine.WithdrawAsync(provider, "f"));
        Assert.Empty(await test.Engine.ListAsync("f"));
        await test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Ok));
        await test.Engine.CompleteAsync(provider, "c2", CallReply.Ok(Ok));
        Assert.Equal((Ok, Ok), ((await running).Result, (await waiting).Result));
    }

    [Fact]
    public async Task A_dotnet_function_that_is_busy_passes_the_call_to_a_connection_and_back()
    {
        await using var test = Start(functions: table =>
        {
            table.Add(new FunctionOffer("f") { Priority = 5 }, int () => throw new ProviderBusyException());
            table.Add(new FunctionOffer("g"), () => "here");
        });
        await test.ProviderAsync("p", new FunctionOffer("f"), _ => CallReply.Ok(Ok));
        Assert.Equal(Ok, (await test.CallAsync("f")).Result);
        await test.ProviderAsync("q", new FunctionOffer("g") { Priority = 5 }, _ => CallReply.Fail(ErrorCode.Busy, ""));
        Assert.Equal("\"here\"", (await test.CallAsync("g")).Result.ToString());
    }

    [Fact]
    public async Task Functions_are_listed_by_a_glob()
    {
        await using var test = Start(functions: table => table.Add("resize.local", (int width) => width));
        await test.ProviderAsync("p", new FunctionOffer("resize") { Locs = ["gpu"] });
        Assert.Equal(["resize", "resize.local"], (await test.Engine.ListAsync("re*")).Select(info => info.Offer.Function).Order(StringComparer.Ordinal));
        Assert.Equal(["width"], (await test.Engine.ListAsync("resize.?ocal")).Single().Offer.Parameters);
        Assert.Empty(await test.Engine.ListAsync("RE*"));
    }

    [Fact]
    public async Task A_connection_can_call_what_it_offers_itself()
    {
        await using var test = Start();
        var both = await test.ProviderAsync("both", new FunctionOffer("f"));
        var reply = test.CallAsync(new FunctionCall("f"), both, "c1");
        await test.Connections.InvokedAsync(both);
        await test.Engine.CompleteAsync(both, "c1", CallReply.Ok(Ok));
        Assert.Equal(Ok, (await reply).Result);
    }
}
