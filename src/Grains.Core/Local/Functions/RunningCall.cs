using System.Diagnostics.CodeAnalysis;
using Grains.Engine;
using Grains.Functions;

namespace Grains.Local;

/// <summary>
/// One call from its beginning to its one end. It asks a provider, the next one when that refuses, and ends by the first of: a
/// result, an error, its deadline, a cancel, the loss of its provider or caller. Whoever ends it first wins; everything later is
/// ignored. Its lock guards the stage only: nothing outside is called under it, and a provider that answers while it is being
/// asked is heard when the asking returns.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without timer and wait handle holds nothing to give back.")]
internal sealed class RunningCall : ICallContext
{
    private readonly Lock _lock = new();
    private readonly LocalFunctions _engine;
    private readonly CallCommand _command;
    private readonly ProviderQueue _queue;
    private readonly ConnectionCalls? _caller;
    private readonly long _startedAtUs;
    private readonly TaskCompletionSource<CallReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Stage _stage;
    private ConnectionCalls? _provider;
    private volatile bool _hasEnded;
    private ErrorCode _tell;
    private int _reporting;
    private CallReply? _replyAfterReport;
    private CancellationTokenSource? _cancelled;

    public RunningCall(LocalFunctions engine, CallCommand command, ProviderQueue queue, ConnectionCalls? caller, long nowUs, long deadlineAtUs)
    {
        (_engine, _command, _queue, _caller, _startedAtUs, DeadlineAtUs) = (engine, command, queue, caller, nowUs, deadlineAtUs);
        Request = new ProviderRequest(command.Call.Locs, command.Call.Target);
    }

    private enum Stage : byte
    {
        /// <summary>Between providers, or waiting for a place.</summary>
        Choosing,

        /// <summary>A connection is being asked.</summary>
        Asking,

        /// <summary>The connection refused while it was being asked.</summary>
        Refused,

        /// <summary>A provider runs it.</summary>
        Running,

        Ended,
    }

    public ValueTask<CallReply> Reply => new(_reply.Task);

    public ProviderRequest Request { get; }

    public long DeadlineAtUs { get; }

    /// <summary>Guarded by the <see cref="DeadlineQueue"/>.</summary>
    public int HeapIndex { get; set; } = DeadlineQueue.Nowhere;

    /// <summary>The place it has; guarded by the <see cref="ProviderQueue"/>.</summary>
    public Provider? Held { get; set; }

    /// <summary>Guarded by the <see cref="ProviderQueue"/>.</summary>
    public LinkedListNode<RunningCall>? WaitingNode { get; set; }

    public bool HasEnded => _hasEnded;

    /// <summary>A provider was asked to run it. An error without that is the engine's own, whatever its code; afterwards it may be the
    /// provider's.</summary>
    public bool WasAsked { get; private set; }

    public string CallId => _command.CallId;

    public ConnectionId Caller => _command.Caller;

    public DateTimeOffset Deadline => DateTimeOffset.UnixEpoch.AddTicks(DeadlineAtUs * TimeSpan.TicksPerMicrosecond);

    public CancellationToken Cancelled
    {
        get
        {
            lock (_lock)
            {
                if (_cancelled is null)
                {
                    _cancelled = new CancellationTokenSource();
                    if (_stage == Stage.Ended)
                        _cancelled.Cancel();
                }

                return _cancelled.Token;
            }
        }
    }

    private bool Streams => _command.Call.Stream && !Caller.IsNone;

    /// <summary>Asks providers until one has the call, it must wait, or it has ended.</summary>
    /// <param name="provider">Where it has a place already, or null.</param>
    public void Ask(Provider? provider = null)
    {
        while (true)
        {
            if (provider is null && _queue.Take(this, out provider) is { } refusal)
            {
                End(refusal);
                return;
            }

            if (provider is null)
                return;
            if (provider.Function is { } function)
            {
                Run(function);
                return;
            }

            if (TryAsk(provider.Connection, out var asBusy))
                return;
            Exclude(provider.Connection, asBusy);
            provider = null;
        }
    }

    /// <summary>The answer of a connection.</summary>
    public void Complete(ConnectionId from, CallReply reply)
    {
        if (reply.Error != ErrorCode.Busy)
        {
            End(_engine.Checked(reply), from: from);
            return;
        }

        lock (_lock)
        {
            if (_provider?.Id != from || _stage is not (Stage.Asking or Stage.Running))
                return;
            if (_stage == Stage.Asking)
            {
                _stage = Stage.Refused; // whoever asks goes on to the next
                return;
            }

            _stage = Stage.Choosing;
        }

        _provider.Remove(this);
        Exclude(from, asBusy: true);
        Ask();
    }

    /// <summary>An item from a connection.</summary>
    public void Report(ConnectionId from, Value item)
    {
        lock (_lock)
        {
            if (_provider?.Id != from)
                return;
        }

        Report(item);
    }

    /// <summary>An item from a function in the server.</summary>
    public ValueTask ReportAsync(Value item)
    {
        Report(item);
        return ValueTask.CompletedTask;
    }

    public void Cancel() => End(FunctionErrors.Cancelled(), ErrorCode.Cancelled);

    public void TimeOut() => End(FunctionErrors.TimedOut(DeadlineAtUs - _startedAtUs), ErrorCode.Timeout);

    public void ShutDown() => End(FunctionErrors.ShuttingDown(), ErrorCode.ShuttingDown);

    /// <summary>A connection has closed that makes this call or runs it.</summary>
    public void Lose(ConnectionId connection)
    {
        if (connection == Caller)
            End(FunctionErrors.Cancelled(), ErrorCode.ConnectionLost);
        else
            End(FunctionErrors.ProviderLost(_command.Call.Function), from: connection);
    }

    /// <returns>False when the connection has not run the call: it is gone, or refused.</returns>
    private bool TryAsk(ConnectionId connection, out bool asBusy)
    {
        asBusy = false;
        if (_engine.Find(connection) is not { } provider)
            return false;
        lock (_lock)
        {
            if (_stage == Stage.Ended)
                return true;
            if (!provider.Add(this))
                return false;
            _stage = Stage.Asking;
            _provider = provider;
            WasAsked = true;
        }

        var call = _command.Call;
        var invocation = new Invocation(CallId, call.Function, call.Arguments, call.Keywords, Caller, DeadlineAtUs, Streams);
        if (Settle(_engine.Connections.Invoke(connection, invocation), out asBusy))
            return true;
        provider.Remove(this);
        return false;
    }

    /// <summary>The asking has returned: finds out what became of the call meanwhile.</summary>
    private bool Settle(bool sent, out bool asBusy)
    {
        ErrorCode tell;
        lock (_lock)
        {
            asBusy = !sent || _stage == Stage.Refused;
            tell = _stage == Stage.Ended && sent ? _tell : ErrorCode.None;
            if (_stage != Stage.Ended)
                _stage = sent && !asBusy ? Stage.Running : Stage.Choosing;
            if (_stage == Stage.Choosing)
                return false;
        }

        if (tell != ErrorCode.None)
            _engine.Connections.CancelInvocation(_provider!.Id, CallId, tell);
        if (HasEnded)
            _queue.Leave(this);
        return true;
    }

    private void Exclude(ConnectionId provider, bool asBusy)
    {
        Request.Exclude(provider, asBusy);
        _queue.Free(this);
    }

    private void Run(ServerFunction function)
    {
        lock (_lock)
        {
            if (_stage != Stage.Ended)
                _stage = Stage.Running;
            WasAsked = true;
        }

        if (function.RunsInline)
            RunHere(function);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.call.RunHere(work.function), (call: this, function), preferLocal: false);
    }

    private void RunHere(ServerFunction function)
    {
        if (HasEnded)
        {
            _queue.Free(this);
            return;
        }

        var running = function.RunAsync(_command.Call, this, Streams);
        if (running.IsCompletedSuccessfully)
            Return(running.Result);
        else
            _ = ReturnAsync(running);
    }

    private async Task ReturnAsync(ValueTask<CallReply> running) => Return(await running);

    private void Return(CallReply reply)
    {
        if (reply.Error != ErrorCode.Busy)
        {
            _queue.Free(this);
            End(reply);
            return;
        }

        lock (_lock)
        {
            if (_stage == Stage.Running)
                _stage = Stage.Choosing;
        }

        Exclude(default, asBusy: true);
        Ask();
    }

    private void Report(Value item)
    {
        if (!Streams)
            return;
        if (_engine.IsTooLarge(item))
        {
            End(FunctionErrors.TooLarge(_engine.ResultBytesMax), ErrorCode.Cancelled);
            return;
        }

        lock (_lock)
        {
            if (_stage is not (Stage.Running or Stage.Asking))
                return;
            _reporting++;
        }

        try
        {
            _engine.Connections.Report(Caller, CallId, item);
        }
        finally
        {
            AnswerAfterReport();
        }
    }

    /// <summary>Ends the call, unless it has ended.</summary>
    /// <param name="reply">What the caller gets.</param>
    /// <param name="tell">What the provider is told, if one runs the call; none when it ended the call itself.</param>
    /// <param name="from">Only if this connection runs the call; none for the server itself.</param>
    private void End(CallReply reply, ErrorCode tell = ErrorCode.None, ConnectionId from = default)
    {
        Stage before;
        CancellationTokenSource? cancelled;
        lock (_lock)
        {
            if (_stage == Stage.Ended || (!from.IsNone && (_provider?.Id != from || _stage is not (Stage.Asking or Stage.Running))))
                return;
            before = _stage;
            cancelled = _cancelled;
            _stage = Stage.Ended;
            _tell = tell;
            _hasEnded = true;
        }

        _engine.Forget(this);
        _caller?.Remove(this);
        _provider?.Remove(this);
        if (tell != ErrorCode.None)
        {
            if (before == Stage.Running && _provider is not null)
                _engine.Connections.CancelInvocation(_provider.Id, CallId, tell);

            // What a callback of the function's own throws becomes an unobserved task exception: it concerns no caller.
            _ = cancelled?.CancelAsync();
        }

        // Told first, so that a provider never sees more calls than its limit; while it is being asked the asker does both.
        if (before != Stage.Asking || tell == ErrorCode.None)
            _queue.Leave(this);
        Answer(reply);
    }

    // An item that is on its way to the caller goes before the answer.
    private void Answer(CallReply reply)
    {
        lock (_lock)
        {
            if (_reporting > 0)
            {
                _replyAfterReport = reply;
                return;
            }
        }

        _reply.TrySetResult(reply);
    }

    private void AnswerAfterReport()
    {
        CallReply? reply;
        lock (_lock)
            reply = --_reporting == 0 ? _replyAfterReport : null;
        if (reply is not null)
            _reply.TrySetResult(reply);
    }
}
