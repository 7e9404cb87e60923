using System.Diagnostics.CodeAnalysis;

namespace Grains.Functions;

/// <summary>
/// Keeps the results of functions that ask for it, by their arguments, and runs a function once for calls that are equal and
/// overlap. Bounded by count and bytes; the least recently used goes. Failures are not kept, though calls that shared a run share
/// its failure. A run is cancelled when the last of its callers has gone.
/// </summary>
internal sealed class ResultCache(TimeProvider time, int resultsMax, long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<Kept>> _kept = [];
    private readonly LinkedList<Kept> _recent = new();
    private readonly Dictionary<Key, SharedRun> _running = [];
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_lock)
                return _kept.Count;
        }
    }

    public async ValueTask<CallReply> GetAsync(
        ServerFunction function, string arguments, TimeSpan keepFor, ICallContext caller, Func<ICallContext, ValueTask<CallReply>> run)
    {
        var key = new Key(function, arguments);
        SharedRun? shared;
        bool isFirst;
        lock (_lock)
        {
            if (TryGet(key, out var reply))
                return reply;
            isFirst = !_running.TryGetValue(key, out shared);
            if (isFirst)
                _running[key] = shared = new SharedRun(caller);
            shared!.Callers++;
        }

        using var leaving = caller.Cancelled.UnsafeRegister(_ => Leave(key, shared), null);
        if (isFirst)
            shared.Done.SetResult(Keep(key, shared, keepFor, await run(shared)));
        return await shared.Done.Task;
    }

    private bool TryGet(Key key, out CallReply reply)
    {
        reply = null!;
        if (!_kept.TryGetValue(key, out var node))
            return false;
        if (node.Value.UntilUs <= time.NowUs())
        {
            Drop(node);
            return false;
        }

        _recent.Remove(node);
        _recent.AddFirst(node);
        reply = node.Value.Reply;
        return true;
    }

    private CallReply Keep(Key key, SharedRun shared, TimeSpan keepFor, CallReply reply)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(key, out var running) || running != shared)
                return reply; // everybody had left and somebody has begun anew
            _running.Remove(key);
            if (reply.Error != ErrorCode.None)
                return reply;

            // A copy, because the bytes may be a part of a whole message.
            var result = new Value(reply.Result.Kind, reply.Result.Bytes.ToArray());
            var kept = new Kept(key, reply with { Result = result }, time.NowUs() + keepFor.ToUs());
            _kept[key] = _recent.AddFirst(kept);
            _bytes += kept.CostBytes;
            while (_kept.Count > resultsMax || _bytes > bytesMax)
                Drop(_recent.Last!);
            return kept.Reply;
        }
    }

    private void Leave(Key key, SharedRun shared)
    {
        lock (_lock)
        {
            if (--shared.Callers > 0)
                return;
            if (_running.TryGetValue(key, out var running) && running == shared)
                _running.Remove(key);
        }

        shared.Cancel();
    }

    private void Drop(LinkedListNode<Kept> node)
    {
        _kept.Remove(node.Value.Key);
        _recent.Remove(node);
        _bytes -= node.Value.CostBytes;
    }

    private readonly record struct Key(ServerFunction Function, string Arguments);

    private sealed record Kept(Key Key, CallReply Reply, long UntilUs)
    {
        private const int OverheadBytes = 256;

        public long CostBytes => OverheadBytes + (2L * Key.Arguments.Length) + Reply.Result.Bytes.Length;
    }

    /// <summary>A run that belongs to all its callers: what the function sees of it is the first caller's, but the token is its own.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "A token source without timer and wait handle holds nothing to give back.")]
    private sealed class SharedRun(ICallContext first) : ICallContext
    {
        private readonly CancellationTokenSource _cancelled = new();

        public TaskCompletionSource<CallReply> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Guarded by the cache's lock.</summary>
        public int Callers { get; set; }

        public string CallId => first.CallId;

        public ConnectionId Caller => first.Caller;

        public DateTimeOffset Deadline => first.Deadline;

        public CancellationToken Cancelled => _cancelled.Token;

        public ValueTask ReportAsync(Value item) => ValueTask.CompletedTask;

        // What a callback of the function's own throws becomes an unobserved task exception: it concerns no caller.
        public void Cancel() => _ = _cancelled.CancelAsync();
    }
}
