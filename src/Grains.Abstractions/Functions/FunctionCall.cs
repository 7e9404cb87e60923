using System.Collections.Immutable;

namespace Grains;

/// <summary>A call of one function.</summary>
public sealed record FunctionCall(string Function)
{
    /// <summary>Positional arguments: a JSON array; none means no arguments.</summary>
    public Value Arguments { get; init; }

    /// <summary>Keyword arguments: a JSON object; none means no arguments.</summary>
    public Value Keywords { get; init; }

    /// <summary>Resource tags that the provider must offer: exactly these are preferred, more will do.</summary>
    public ImmutableArray<string> Locs { get; init; } = [];

    /// <summary>Time to answer; null means the server's default (30 s).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Only this connection may run it.</summary>
    public ConnectionId Target { get; init; }

    /// <summary>Send streamed results and progress as they come; otherwise a streamed result is answered as one array.</summary>
    public bool Stream { get; init; }
}

/// <summary>One command of a graph of calls: its results are named <paramref name="Name"/> for the other commands.</summary>
public sealed record GraphCommand(string Name, FunctionCall Call);

/// <summary>A graph of calls. A string argument that equals a command's name, or starts with it and a dot, is replaced by that
/// command's result, or the field of it; with <see cref="ExplicitReferences"/> only <c>{"$ref":"name.field.0"}</c> is.</summary>
public sealed record CallGraph(ImmutableArray<GraphCommand> Commands)
{
    public bool ExplicitReferences { get; init; }

    public bool ReturnIntermediateResults { get; init; }

    public bool IncludeSummary { get; init; }

    /// <summary>Also publish each level's record to this topic.</summary>
    public string? IntermediateTopic { get; init; }

    /// <summary>For the whole graph; null means the server's default (30 s).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The request's id, shown in intermediate results.</summary>
    public string RequestId { get; init; } = "";
}

/// <summary>What a call answers.</summary>
public sealed record CallReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public string? Details { get; init; }

    public Value Result { get; init; }

    public static CallReply Ok(Value result) => new() { Result = result };

    public static CallReply Fail(ErrorCode code, string message, string? details = null) =>
        new() { Error = code, Message = message, Details = details };
}

/// <summary>What a graph answers: the results of the last level, by command name.</summary>
public sealed record GraphReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public string? Details { get; init; }

    /// <summary>In the order of the commands.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Results { get; init; } = [];

    public ImmutableArray<IntermediateResult> Intermediate { get; init; } = [];

    public GraphSummary? Summary { get; init; }

    public static GraphReply Fail(ErrorCode code, string message, string? details = null) =>
        new() { Error = code, Message = message, Details = details };
}

/// <summary>The record of one level: emitted when every command of this level and those before it is done.</summary>
public sealed record IntermediateResult(
    string RequestId,
    int LevelIndex,
    ImmutableArray<KeyValuePair<string, Value>> LevelResults,
    ImmutableArray<KeyValuePair<string, Value>> AccumulatedResults,
    int TotalLevels,
    int CompletedLevels,
    double Timestamp,
    double ExecutionTimeMs);

/// <summary>Times of a graph's run, in milliseconds.</summary>
public sealed record GraphSummary(
    string RequestId,
    double TotalExecutionTimeMs,
    int TotalLevels,
    ImmutableArray<double> LevelExecutionTimesMs,
    int BottleneckLevelIndex,
    double AverageLevelTimeMs,
    int ParallelCommandsExecuted);
