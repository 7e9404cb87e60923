using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Tests.Functions;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Functions;

/// <summary>The silo that decides a function and the one of a connection that offers or calls it do not hear each other: nobody waits for long, and
/// what has ended ends there too.</summary>
public sealed class UnheardEndTests : IAsyncDisposable
{
    private readonly Hindrance _hindrance = new();
    private readonly FunctionsUnderTest _test;

    public UnheardEndTests() => _test = FunctionCluster.Start(configure: silo => silo.AddOutgoingGrainCallFilter(_hindrance));

    [Fact]
    public async Task A_call_fails_when_its_provider_goes_away_although_that_is_not_heard_at_once()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        var reply = _test.CallAsync(new FunctionCall("f") { Target = provider });
        await _test.Connections.InvokedAsync(provider);
        _hindrance.LoseNext(Of<IFunctionGrain>(nameof(IFunctionGrain.CloseAsync)));
        _hindrance.LoseNext(Of<IFunctionSilo>(nameof(IFunctionSilo.CallerClosedAsync)));
        await _test.CloseAsync(provider);
        Assert.Equal(ErrorCode.ProviderLost, (await reply).Error);
        Assert.Equal(["b"], await ProvidersAsync());
    }

    [Fact]
    public async Task An_offer_that_is_taken_back_is_gone_although_that_is_not_heard_at_once()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        _hindrance.LoseNext(Of<IFunctionGrain>(nameof(IFunctionGrain.WithdrawAsync)));
        Assert.True(await _test.Engine.WithdrawAsync(provider, "f"));
        Assert.Equal(["b"], await ProvidersAsync());
        await _test.Engine.OfferAsync(provider, new FunctionOffer("f"));
        Assert.Equal(["a", "b"], await ProvidersAsync());
    }

    [Fact]
    public async Task An_offer_whose_answer_is_lost_is_taken_back()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ConnectAsync("a");
        var withdrawn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hindrance.After(Of<IFunctionGrain>(nameof(IFunctionGrain.OfferAsync)), () => throw new TimeoutException());
        _hindrance.After(Of<IFunctionGrain>(nameof(IFunctionGrain.WithdrawAsync)), () =>
        {
            withdrawn.TrySetResult();
            return Task.CompletedTask;
        });
        Assert.Equal(ErrorCode.NodeLost, (await _test.Engine.OfferAsync(provider, new FunctionOffer("f"))).Error);
        await withdrawn.Task.WaitAsync(Guard.Limit);
        Assert.Equal(["b"], await ProvidersAsync());
    }

    [Fact]
    public async Task A_connection_that_closes_while_it_offers_offers_nothing()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ConnectAsync("a");
        var gate = _hindrance.Hold(Of<IFunctionGrain>(nameof(IFunctionGrain.OfferAsync)), out var held);
        var offering = _test.Engine.OfferAsync(provider, new FunctionOffer("f")).AsTask();
        await held.WaitAsync(Guard.Limit);
        await _test.CloseAsync(provider);
        var toldAgain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hindrance.After(Of<IFunctionSilo>(nameof(IFunctionSilo.CallerClosedAsync)), () =>
        {
            toldAgain.TrySetResult();
            return Task.CompletedTask;
        });
        gate.SetResult();
        await offering.WaitAsync(Guard.Limit);
        await toldAgain.Task.WaitAsync(Guard.Limit);
        Assert.Equal(["b"], await ProvidersAsync());
    }

    [Fact]
    public async Task A_connection_is_closed_although_nobody_hears_it()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        var grain = _hindrance.Hold(Of<IFunctionGrain>(nameof(IFunctionGrain.CloseAsync)), out _);
        var silo = _hindrance.Hold(Of<IFunctionSilo>(nameof(IFunctionSilo.CallerClosedAsync)), out var held);
        await _test.CloseAsync(provider).AsTask().WaitAsync(Guard.Limit);
        Assert.True(held.IsCompleted);
        grain.SetResult();
        silo.SetResult();
    }

    [Fact]
    public async Task A_call_ends_soon_after_its_deadline_although_who_decides_it_is_silent()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var caller = await _test.ConnectAsync("a");
        var gate = _hindrance.Hold(Of<IFunctionSilo>(nameof(IFunctionSilo.CallAsync)), out var held);
        var reply = _test.CallAsync(new FunctionCall("f"), caller, timeout: TimeSpan.FromSeconds(2));
        await held.WaitAsync(Guard.Limit);
        _test.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(reply.IsCompleted);
        _test.Time.Advance(CallPatience.Grace);
        var answer = await reply;
        Assert.Equal((ErrorCode.Timeout, FunctionErrors.TimedOutAfter(2_000_000)), (answer.Error, answer.Message));
        gate.SetResult();
    }

    [Fact]
    public async Task A_call_ends_soon_after_a_cancel_although_who_decides_it_is_silent()
    {
        var provider = await _test.ProviderAsync("b", new FunctionOffer("f"));
        var caller = await _test.ConnectAsync("a");
        var gate = _hindrance.Hold(Of<IFunctionSilo>(nameof(IFunctionSilo.CancelAsync)), out var held);
        var reply = _test.CallAsync(new FunctionCall("f"), caller, "c1");
        await _test.Connections.InvokedAsync(provider);
        var cancelling = _test.Engine.CancelAsync("c1").AsTask();
        await held.WaitAsync(Guard.Limit);
        Assert.False(reply.IsCompleted);
        _test.Time.Advance(CallPatience.Grace);
        Assert.Equal(ErrorCode.Cancelled, (await reply).Error);
        await cancelling.WaitAsync(Guard.Limit);
        gate.SetResult();
        Assert.Equal(("c1", ErrorCode.Cancelled), await _test.Connections.CancelledAsync(provider));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_result_comes_once_after_its_items_although_it_or_its_receipt_is_lost_at_first(bool isResultLost)
    {
        var caller = await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        var told = 0;
        Action<string, Func<Task>> hinder = isResultLost ? _hindrance.Before : _hindrance.After;
        hinder(Of<IFunctionSilo>(nameof(IFunctionSilo.CompleteAsync)), () => ++told == 1 ? throw new TimeoutException() : Task.CompletedTask);
        var reply = _test.CallAsync(new FunctionCall("f") { Target = provider, Stream = true }, caller, "c1");
        await _test.Connections.InvokedAsync(provider);
        await _test.Engine.ReportAsync(provider, "c1", Value.From(1));
        await _test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Value.From(2))).AsTask().WaitAsync(Guard.Limit);
        Assert.Equal("2", (await reply).Result.ToString());
        Assert.Equal(("c1", Value.From(1)), await _test.Connections.ReportedAsync(caller));
        Assert.False(_test.Connections.HasReports(caller));
        Assert.Equal(2, told);
    }

    [Fact]
    public async Task A_stream_of_which_an_item_is_lost_on_its_way_ends_with_that_and_not_as_if_it_were_whole()
    {
        var caller = await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        var reply = _test.CallAsync(new FunctionCall("f") { Target = provider, Stream = true }, caller, "c1");
        await _test.Connections.InvokedAsync(provider);
        await _test.Engine.ReportAsync(provider, "c1", Value.From(1));
        _hindrance.LoseNext(Of<IFunctionSilo>(nameof(IFunctionSilo.ItemAsync)));
        await _test.Engine.ReportAsync(provider, "c1", Value.From(2));
        await _test.Engine.ReportAsync(provider, "c1", Value.From(3));
        await _test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Value.Null));
        Assert.Equal(ErrorCode.NodeLost, (await reply).Error);
        Assert.Equal(("c1", Value.From(1)), await _test.Connections.ReportedAsync(caller));
        Assert.False(_test.Connections.HasReports(caller));
    }

    [Fact]
    public async Task A_provider_does_not_wait_for_long_until_its_result_is_heard()
    {
        await _test.ProviderAsync("b", new FunctionOffer("f"));
        var provider = await _test.ProviderAsync("a", new FunctionOffer("f"));
        var gate = _hindrance.Hold(Of<IFunctionSilo>(nameof(IFunctionSilo.CompleteAsync)), out var held);
        var reply = _test.CallAsync(new FunctionCall("f") { Target = provider }, callId: "c1");
        await _test.Connections.InvokedAsync(provider);
        await _test.Engine.CompleteAsync(provider, "c1", CallReply.Ok(Value.From(2))).AsTask().WaitAsync(Guard.Limit);
        Assert.True(held.IsCompleted);
        Assert.False(reply.IsCompleted);
        gate.SetResult();
        Assert.Equal("2", (await reply).Result.ToString());
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    private static string Of<T>(string method) => $"{typeof(T).Name}.{method}";

    private async Task<IEnumerable<string>> ProvidersAsync() => (await _test.Engine.ListAsync("f")).Select(info => info.ConnectionId).Order();
}
