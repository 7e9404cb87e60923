using Grains.Engine;
using Grains.Functions;
using Grains.Tests.Functions;

namespace Grains.Tests.Contracts;

/// <summary>A started function engine and what a test needs round it.</summary>
public sealed record FunctionsUnderTest(
    IFunctionEngine Engine,
    RecordingProviders Connections,
    ManualTime Time,
    Func<ConnectionId, ValueTask> OpenAsync,
    Func<ConnectionId, ValueTask> CloseAsync,
    Func<ValueTask> StopAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => StopAsync();

    /// <summary>Opens a connection.</summary>
    public async Task<ConnectionId> ConnectAsync(string name)
    {
        var id = new ConnectionId(name);
        await OpenAsync(id);
        return id;
    }

    /// <summary>Opens a connection that offers one function and answers as the script says; without one it is silent.</summary>
    public async Task<ConnectionId> ProviderAsync(string name, FunctionOffer offer, Func<Invocation, CallReply>? answer = null)
    {
        var id = await ConnectAsync(name);
        Connections.Script(id, answer);
        Assert.Equal(ErrorCode.None, (await Engine.OfferAsync(id, offer)).Error);
        return id;
    }

    public Task<CallReply> CallAsync(FunctionCall call, ConnectionId caller = default, string? callId = null, TimeSpan? timeout = null) =>
        Engine.CallAsync(new CallCommand(callId ?? CallIds.Next(), caller, call, Time.NowUs() + (timeout ?? TimeSpan.FromSeconds(30)).ToUs())).OrFail();

    public Task<CallReply> CallAsync(string function, string arguments = "[]") =>
        CallAsync(new FunctionCall(function) { Arguments = Value.Json(arguments) });
}
