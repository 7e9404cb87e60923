using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Grains.Engine;

namespace Grains.Functions;

/// <summary>
/// One run of a planned graph. A single loop owns the state, so there are no locks: it starts what is ready, then waits for the
/// next call to end. After the first failure nothing more starts, what runs is cancelled, and the loop goes on until all have ended.
/// </summary>
internal sealed class GraphRun
{
    private const int CancelRequested = -1;

    private readonly GraphPlan _plan;
    private readonly ConnectionId _caller;
    private readonly IGraphObserver? _observer;
    private readonly IFunctionEngine _engine;
    private readonly TimeProvider _time;
    private readonly FunctionOptions _options;
    private readonly GraphLevels _levels;
    private readonly long _startedAtUs;
    private readonly long _deadlineUs;

    private readonly Channel<(int Command, Task<CallReply>? Call)> _ended =
        Channel.CreateUnbounded<(int, Task<CallReply>?)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Queue<int> _ready = new();
    private readonly int[] _open;
    private readonly string?[] _callIds;
    private readonly Value[] _results;
    private readonly GraphArguments _arguments;
    private readonly Queue<int> _waiting = new();
    private CancellationToken _token;
    private bool _leftCaller;
    private long _resultBytes;
    private int _running;
    private GraphReply? _failure;
    private ExceptionDispatchInfo? _fault;

    public GraphRun(CallGraph graph, GraphPlan plan, ConnectionId caller, IGraphObserver? observer, IFunctionEngine engine,
        ITopicEngine topics, TimeProvider time, FunctionOptions options)
    {
        (_plan, _caller, _observer, _engine, _time, _options) = (plan, caller, observer, engine, time, options);
        _startedAtUs = time.NowUs();
        _deadlineUs = options.DeadlineUs(_startedAtUs, graph.Timeout);
        var count = plan.Commands.Length;
        _open = new int[count];
        _callIds = new string?[count];
        _results = new Value[count];
        _arguments = new GraphArguments(plan, options, WhyStop);
        _levels = new GraphLevels(graph, plan, _results, caller, topics, time, _startedAtUs, options.ResultBytesMax);
    }

    public async ValueTask<GraphReply> RunAsync(CancellationToken token)
    {
        _token = token;
        using var registration = token.UnsafeRegister(
            static state => ((GraphRun)state!)._ended.Writer.TryWrite((CancelRequested, null)), this);
        if (token.IsCancellationRequested)
            _failure = Failure(FunctionErrors.Cancelled());
        for (var i = 0; i < _open.Length; i++)
        {
            _open[i] = _plan.Commands[i].Needs.Count;
            if (_open[i] == 0)
                _ready.Enqueue(i);
        }

        await RunToEndAsync();
        _failure = await _levels.PublishedAsync(_failure);
        _fault?.Throw();
        return _failure ?? _levels.Reply();
    }

    public static GraphReply Failure(CallReply reply) =>
        GraphReply.Fail(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details);

    private async ValueTask RunToEndAsync()
    {
        var cancelled = false;
        while (true)
        {
            await StartAllAsync();
            if (_failure is not null && !cancelled)
            {
                cancelled = true;
                await CancelRunningAsync();
            }

            if (_running == 0)
                return;
            var (command, call) = await _ended.Reader.ReadAsync(CancellationToken.None);
            if (call is null)
                _failure ??= Failure(FunctionErrors.Cancelled());
            else
                End(command, call);
        }
    }

    /// <summary>Why nothing more may start; asked between commands and between references.</summary>
    private GraphReply? WhyStop()
    {
        if (_token.IsCancellationRequested)
            return Failure(FunctionErrors.Cancelled());
        return _time.NowUs() >= _deadlineUs ? Failure(FunctionErrors.TimedOut(_deadlineUs - _startedAtUs)) : null;
    }

    // Those that wait for room go first, in the order they became ready: so small ones do not hold up a large one for ever.
    private async ValueTask StartAllAsync()
    {
        while (_failure is null)
        {
            if (_waiting.TryPeek(out var next) && _arguments.Fits(next))
                Start(_waiting.Dequeue());
            else if (_ready.TryDequeue(out next))
                await PrepareAsync(next);
            else
                return;
        }
    }

    private async ValueTask PrepareAsync(int command)
    {
        if (!_leftCaller && _arguments.IsHeavy(command))
        {
            _leftCaller = true;
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // goes on in the thread pool
        }

        _failure = _arguments.Find(command);
        if (_failure is not null)
            return;
        if (_arguments.NeedsRoom(command))
            _waiting.Enqueue(command);
        else
            Start(command);
    }

    private void Start(int command) => _failure = WhyStop() ?? Call(command, _arguments.Take(command), _time.NowUs());

    private GraphReply? Call(int command, FunctionCall call, long nowUs)
    {
        var deadlineUs = call.Timeout is { } own ? Math.Min(_deadlineUs, _options.DeadlineUs(nowUs, own)) : _deadlineUs;
        var callId = CallIds.Next();
        _callIds[command] = callId;
        _running++;
        _observer?.Started(_plan.Commands[command].Command.Name, callId);
        var running = _engine.CallAsync(new CallCommand(callId, _caller, call, deadlineUs));
        if (running.IsCompletedSuccessfully)
        {
            End(command, running.Result);
            return _failure;
        }

        var task = running.AsTask();
        task.GetAwaiter().UnsafeOnCompleted(() => _ended.Writer.TryWrite((command, task)));
        return null;
    }

    private void End(int command, Task<CallReply> call)
    {
        if (call.IsCompletedSuccessfully)
        {
            End(command, call.Result);
            return;
        }

        _fault ??= ExceptionDispatchInfo.Capture(call.Exception?.InnerException ?? new TaskCanceledException(call));
        End(command, CallReply.Fail(ErrorCode.Internal, "The engine failed."));
    }

    private void End(int command, CallReply reply)
    {
        _running--;
        _arguments.Release(command);
        _observer?.Ended(_callIds[command]!);
        _callIds[command] = null;
        if (_failure is not null)
            return;
        if (reply.Error == ErrorCode.None)
            Keep(command, reply.Result);
        else if (reply.Error == ErrorCode.Timeout && _time.NowUs() >= _deadlineUs)
            _failure = Failure(FunctionErrors.TimedOut(_deadlineUs - _startedAtUs));
        else
            _failure = Failure(reply);
    }

    private void Keep(int command, Value result)
    {
        _resultBytes += result.Bytes.Length;
        if (_resultBytes > _options.ResultBytesMax)
        {
            _failure = GraphReply.Fail(ErrorCode.FunctionLimit, $"The results of the graph are larger than {_options.ResultBytesMax} bytes.");
            return;
        }

        var planned = _plan.Commands[command];
        _results[command] = result;
        if (planned.NeededBy.Count > 0)
            _arguments.Keep(command, result);
        foreach (var next in planned.NeededBy)
        {
            if (--_open[next] == 0)
                _ready.Enqueue(next);
        }

        _failure = _levels.Done(planned.Level);
    }

    private async ValueTask CancelRunningAsync()
    {
        foreach (var callId in _callIds)
        {
            if (callId is not null)
                await _engine.CancelAsync(callId);
        }
    }
}
