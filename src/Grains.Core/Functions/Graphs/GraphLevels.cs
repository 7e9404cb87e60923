using System.Collections.Immutable;
using Grains.Engine;

namespace Grains.Functions;

/// <summary>
/// The levels of a running graph: makes the record of level L when every command of the levels up to L is done, publishes the
/// records in their order, and makes the answer. Called by the one loop of <see cref="GraphRun"/>.
/// </summary>
internal sealed class GraphLevels
{
    private readonly CallGraph _graph;
    private readonly int[][] _commands;
    private readonly int[] _open;
    private readonly GraphPlan _plan;
    private readonly Value[] _results;
    private readonly ConnectionId _caller;
    private readonly ITopicEngine _topics;
    private readonly TimeProvider _time;
    private readonly long _startedAtUs;
    private readonly long _recordBytesMax;
    private readonly double[] _levelMs;
    private readonly bool _keepsRecords;
    private readonly List<IntermediateResult> _records = [];

    private ImmutableArray<KeyValuePair<string, Value>> _accumulated = [];
    private Task<PublishReply?> _publishing = Task.FromResult<PublishReply?>(null);
    private long _lastAtUs;
    private long _accumulatedBytes;
    private long _recordBytes;
    private int _done;

    public GraphLevels(CallGraph graph, GraphPlan plan, Value[] results, ConnectionId caller, ITopicEngine topics, TimeProvider time,
        long startedAtUs, long recordBytesMax)
    {
        (_graph, _plan, _results, _caller, _topics, _time) = (graph, plan, results, caller, topics, time);
        (_startedAtUs, _lastAtUs, _recordBytesMax) = (startedAtUs, startedAtUs, recordBytesMax);
        _keepsRecords = graph.ReturnIntermediateResults || graph.IntermediateTopic is not null;
        _levelMs = new double[plan.LevelCount];
        _open = new int[plan.LevelCount];
        foreach (var command in plan.Commands)
            _open[command.Level]++;
        _commands = [.. _open.Select(static count => new int[count])];
        var filled = new int[plan.LevelCount];
        for (var i = 0; i < plan.Commands.Length; i++)
        {
            var level = plan.Commands[i].Level;
            _commands[level][filled[level]++] = i;
        }
    }

    /// <summary>A command of this level is done.</summary>
    /// <returns>What is wrong, or null.</returns>
    public GraphReply? Done(int level)
    {
        _open[level]--;
        while (_done < _open.Length && _open[_done] == 0)
        {
            var nowUs = _time.NowUs();
            _levelMs[_done] = (nowUs - _lastAtUs) / 1000.0;
            _lastAtUs = nowUs;
            if (_keepsRecords && Record(_done, nowUs) is { } refusal)
                return refusal;
            _done++;
        }

        return null;
    }

    /// <summary>Waits until all records have been published.</summary>
    /// <returns>The failure given, or that of a publish.</returns>
    public async ValueTask<GraphReply?> PublishedAsync(GraphReply? failure)
    {
        var published = await _publishing;
        if (failure is not null || published is null || published.Error == ErrorCode.None)
            return failure;
        return GraphReply.Fail(published.Error, published.Message ?? published.Error.ToString(),
            $"Intermediate results could not be published to {_graph.IntermediateTopic}.");
    }

    /// <summary>The answer of a graph whose commands are all done.</summary>
    public GraphReply Reply() => new()
    {
        Results = _commands.Length == 0 ? [] : Results(_commands.Length - 1),
        Intermediate = _graph.ReturnIntermediateResults ? [.. _records] : [],
        Summary = _graph.IncludeSummary ? Summary() : null,
    };

    private ImmutableArray<KeyValuePair<string, Value>> Results(int level)
    {
        var results = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>(_commands[level].Length);
        foreach (var i in _commands[level])
            results.Add(new(_plan.Commands[i].Command.Name, _results[i]));
        return results.MoveToImmutable();
    }

    // Each record holds all results so far: many levels of large results grow by the square, hence the limit.
    private GraphReply? Record(int level, long nowUs)
    {
        var results = Results(level);
        long levelBytes = 0;
        foreach (var result in results)
            levelBytes += result.Value.Bytes.Length + result.Key.Length;
        _accumulatedBytes += levelBytes;
        _recordBytes += levelBytes + _accumulatedBytes;
        if (_recordBytes > _recordBytesMax)
            return GraphReply.Fail(ErrorCode.FunctionLimit, $"The intermediate results are larger than {_recordBytesMax} bytes.");

        _accumulated = _accumulated.AddRange(results);
        var record = new IntermediateResult(_graph.RequestId, level, results, _accumulated, _commands.Length, level + 1,
            Clock.ToSeconds(nowUs), _levelMs[level]);
        if (_graph.ReturnIntermediateResults)
            _records.Add(record);
        if (_graph.IntermediateTopic is { } topic)
            _publishing = PublishAsync(_publishing, IntermediateRecords.ToMessage(topic, record));
        return null;
    }

    // In the caller's name: a client must not reach the server's own topics through its callback topic.
    private async Task<PublishReply?> PublishAsync(Task<PublishReply?> previous, TopicMessage message) =>
        await previous is { Error: not ErrorCode.None } failed ? failed : await _topics.PublishAsync(_caller, message);

    private GraphSummary Summary()
    {
        var slowest = 0;
        for (var i = 1; i < _levelMs.Length; i++)
        {
            if (_levelMs[i] > _levelMs[slowest])
                slowest = i;
        }

        var average = _levelMs.Length == 0 ? 0 : _levelMs.Average();
        return new GraphSummary(_graph.RequestId, (_time.NowUs() - _startedAtUs) / 1000.0, _levelMs.Length, [.. _levelMs], slowest,
            average, _plan.Commands.Length);
    }
}
