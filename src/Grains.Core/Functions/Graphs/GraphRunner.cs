using System.Text;
using Grains.Engine;

namespace Grains.Functions;

/// <summary>
/// Runs graphs of calls over an engine: each command as soon as what it refers to is done, independent ones at the same time.
/// Called by the front door and the in-process user API; holds nothing between two graphs. The first failure cancels the rest
/// and is what the graph answers. Deadlines are the engine's: a command's is the earlier of its own and the graph's.
/// </summary>
public sealed class GraphRunner
{
    private readonly IFunctionEngine _engine;
    private readonly ITopicEngine _topics;
    private readonly TimeProvider _time;
    private readonly FunctionOptions _options;

    public GraphRunner(IFunctionEngine engine, ITopicEngine topics, TimeProvider time, FunctionOptions options)
    {
        _engine = engine;
        _topics = topics;
        _time = time;
        _options = options;
    }

    /// <summary>Runs a graph to its end.</summary>
    /// <param name="graph">The graph; without commands it succeeds with no results.</param>
    /// <param name="caller">Who gets the streamed items, and in whose name intermediate results are published.</param>
    /// <param name="observer">Told of each call.</param>
    /// <param name="cancellationToken">Ends the graph with <see cref="ErrorCode.Cancelled"/>.</param>
    /// <returns>The results of the last level, or the first failure.</returns>
    public ValueTask<GraphReply> RunAsync(
        CallGraph graph, ConnectionId caller, IGraphObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var count = graph.Commands.IsDefault ? 0 : graph.Commands.Length;
        if (count > _options.GraphCommandsMax)
            return new(GraphReply.Fail(ErrorCode.FunctionLimit, $"A graph has at most {_options.GraphCommandsMax} commands; this one has {count}."));
        if (count == 1 && IsPlain(graph))
            return RunOneAsync(graph, caller, observer, cancellationToken);
        if (graph.Commands.IsDefault)
            graph = graph with { Commands = [] };
        if (GraphPlan.TryMake(graph, out var refusal) is not { } plan)
            return new(refusal!);
        return new GraphRun(graph, plan, caller, observer, _engine, _topics, _time, _options).RunAsync(cancellationToken);
    }

    // One command that refers to nothing needs no plan. Its name, or an escape that may spell it, is looked for in the bytes;
    // finding it means no more than that the plan must decide.
    private static bool IsPlain(CallGraph graph)
    {
        if (graph.ReturnIntermediateResults || graph.IncludeSummary || graph.IntermediateTopic is not null)
            return false;
        var command = graph.Commands[0];
        var name = graph.ExplicitReferences ? "$ref" : command.Name;
        var maxBytes = Encoding.UTF8.GetMaxByteCount(name.Length);
        if (maxBytes > 512)
            return false;
        Span<byte> buffer = stackalloc byte[maxBytes];
        ReadOnlySpan<byte> utf8 = buffer[..Encoding.UTF8.GetBytes(name, buffer)];
        return HasNot(command.Call.Arguments.Bytes.Span, utf8) && HasNot(command.Call.Keywords.Bytes.Span, utf8);
    }

    private static bool HasNot(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name) => json.IndexOf(name) < 0 && !json.Contains((byte)'\\');

    private ValueTask<GraphReply> RunOneAsync(CallGraph graph, ConnectionId caller, IGraphObserver? observer, CancellationToken token)
    {
        if (token.IsCancellationRequested)
            return new(GraphRun.Failure(FunctionErrors.Cancelled()));
        var command = graph.Commands[0];
        var nowUs = _time.NowUs();
        var deadlineUs = _options.DeadlineUs(nowUs, graph.Timeout);
        if (command.Call.Timeout is { } own)
            deadlineUs = Math.Min(deadlineUs, _options.DeadlineUs(nowUs, own));
        var callId = CallIds.Next();
        observer?.Started(command.Name, callId);
        var call = _engine.CallAsync(new CallCommand(callId, caller, command.Call, deadlineUs));
        return call.IsCompletedSuccessfully
            ? new(End(command.Name, callId, call.Result, observer))
            : AwaitOneAsync(command.Name, callId, call.AsTask(), observer, token);
    }

    private async ValueTask<GraphReply> AwaitOneAsync(
        string name, string callId, Task<CallReply> call, IGraphObserver? observer, CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            var cancelled = new TaskCompletionSource();
            using var registration = token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), cancelled);
            if (await Task.WhenAny(call, cancelled.Task) == cancelled.Task)
                await _engine.CancelAsync(callId);
        }

        return End(name, callId, await call, observer);
    }

    private static GraphReply End(string name, string callId, CallReply reply, IGraphObserver? observer)
    {
        observer?.Ended(callId);
        return reply.Error == ErrorCode.None
            ? new GraphReply { Results = [new(name, reply.Result)] }
            : GraphRun.Failure(reply);
    }
}
