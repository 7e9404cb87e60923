using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Grains.Engine;
using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

/// <summary>A graph runner over the Local engine, and graphs written as the native protocol writes them.</summary>
public sealed class GraphTest : IGraphObserver, IAsyncDisposable
{
    private readonly FunctionsUnderTest _functions;

    public GraphTest(Action<FunctionTable>? functions = null, FunctionOptions? options = null)
    {
        _functions = LocalFunctionContract.StartLocal(options, functions);
        Runner = new GraphRunner(_functions.Engine, Topics, _functions.Time, options ?? new FunctionOptions());
    }

    public GraphRunner Runner { get; }

    public RecordingTopics Topics { get; } = new();

    public IFunctionEngine Engine => _functions.Engine;

    public RecordingProviders Connections => _functions.Connections;

    public FunctionsUnderTest Functions => _functions;

    public ManualTime Time => _functions.Time;

    /// <summary>The commands that were started, with their call ids.</summary>
    public ConcurrentQueue<(string Command, string CallId)> StartedCalls { get; } = new();

    public ConcurrentQueue<string> EndedCalls { get; } = new();

    public static CallGraph Parse(string commands)
    {
        using var document = JsonDocument.Parse(commands, new JsonDocumentOptions { MaxDepth = 100 });
        return new CallGraph([.. document.RootElement.EnumerateArray().Select(command => new GraphCommand(
            command.GetProperty("name").GetString()!,
            new FunctionCall(command.GetProperty("fun").GetString()!)
            {
                Arguments = Raw(command, "args"),
                Keywords = Raw(command, "kwargs"),
                Locs = command.TryGetProperty("locs", out var locs) ? [.. locs.EnumerateArray().Select(loc => loc.GetString()!)] : [],
                Timeout = command.TryGetProperty("timeout_ms", out var ms) ? TimeSpan.FromMilliseconds(ms.GetDouble()) : null,
            }))]) { RequestId = "req-1" };
    }

    public Task<GraphReply> RunAsync(CallGraph graph, ConnectionId caller = default) => Runner.RunAsync(graph, caller, this).OrFail();

    public Task<GraphReply> RunCancellableAsync(CallGraph graph, CancellationToken token) =>
        Runner.RunAsync(graph, default, this, token).OrFail();

    public Task<GraphReply> RunAsync(string commands) => RunAsync(Parse(commands));

    public Task<GraphReply> RunExplicitAsync(string commands) => RunAsync(Parse(commands) with { ExplicitReferences = true });

    /// <summary>The results as one JSON object, as the protocol answers them; fails the test when the graph failed.</summary>
    public async Task<string> ResultsAsync(string commands) => Text(await RunAsync(commands));

    public static string Text(GraphReply reply)
    {
        Assert.True(reply.Error == ErrorCode.None, $"{reply.Error} {reply.Message} {reply.Details}");
        return Text(reply.Results);
    }

    public static string Text(ImmutableArray<KeyValuePair<string, Value>> results) =>
        "{" + string.Join(",", results.Select(result => $"{JsonSerializer.Serialize(result.Key)}:{result.Value}")) + "}";

    public void Started(string command, string callId) => StartedCalls.Enqueue((command, callId));

    public void Ended(string callId) => EndedCalls.Enqueue(callId);

    public ValueTask DisposeAsync() => _functions.DisposeAsync();

    private static Value Raw(JsonElement command, string name) =>
        command.TryGetProperty(name, out var value) ? Value.Json(value.GetRawText()) : Value.None;
}
