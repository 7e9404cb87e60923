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

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    private static string Of<T>(string method) => $"{typeof(T).Name}.{method}";
}
