using System.Diagnostics;

namespace Grains.Gateway.Connections;

/// <summary>
/// Keeps one connection's requests on one key in the order they came while an engine answers late. Each request has a lane (its key)
/// or takes all lanes (an operation over many keys): it starts when everything before it in its lane has ended.
/// With nothing pending it costs one read of a field: then the caller runs the request itself, and comes here only if it did not
/// end at once. Work is added by the read loop alone; it may end on any thread.
/// </summary>
internal sealed class OrderedWork<TLane>(Action<Exception> onFault)
    where TLane : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TLane, Queue<Func<ValueTask>>?> _lanes = [];
    private readonly Queue<(TLane? Lane, Func<ValueTask> Work)> _waiting = new();
    private int _pending;
    private int _inLanes;
    private bool _allTaken;
    private TaskCompletionSource? _idle;
    private TaskCompletionSource? _room;
    private int _roomBelow;

    /// <summary>Nothing is running or waiting: a request may be run directly.</summary>
    public bool IsIdle => Volatile.Read(ref _pending) == 0;

    /// <summary>Requests that run or wait.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Runs <paramref name="work"/> once, when everything before it in its lane has ended; at once if nothing is before it.</summary>
    /// <param name="lane">The key, or null for all of them.</param>
    /// <param name="work">Must not fail: what it throws is a fault of the server's own.</param>
    public void Run(TLane? lane, Func<ValueTask> work)
    {
        lock (_lock)
        {
            _pending++;
            if (_allTaken || _waiting.Count > 0 || (lane is null && _inLanes > 0))
            {
                _waiting.Enqueue((lane, work));
                return;
            }

            if (!TryEnter(lane, work))
                return;
        }

        _ = DriveAsync(lane, work, resumed: false);
    }

    /// <summary>Completes when nothing runs or waits.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            if (_pending == 0)
                return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>Completes when fewer than <paramref name="count"/> run or wait.</summary>
    public Task WhenBelowAsync(int count)
    {
        lock (_lock)
        {
            if (_pending < count)
                return Task.CompletedTask;
            _roomBelow = count;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <returns>True when the work is to be started now; false when it waits in its lane.</returns>
    private bool TryEnter(TLane? lane, Func<ValueTask> work)
    {
        if (lane is null)
        {
            _allTaken = true;
            return true;
        }

        _inLanes++;
        if (!_lanes.TryGetValue(lane, out var queue))
        {
            _lanes[lane] = null;
            return true;
        }

        if (queue is null)
            _lanes[lane] = queue = new Queue<Func<ValueTask>>();
        queue.Enqueue(work);
        return false;
    }

    private async Task DriveAsync(TLane? lane, Func<ValueTask> work, bool resumed)
    {
        // What was waiting starts on a thread of its own: a chain of a thousand requests that end at once must not become a stack.
        if (resumed)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            onFault(exception);
        }

        List<(TLane? Lane, Func<ValueTask> Work)>? ready;
        lock (_lock)
            ready = Leave(lane);
        if (ready is null)
            return;
        foreach (var next in ready)
            _ = DriveAsync(next.Lane, next.Work, resumed: true);
    }

    private List<(TLane? Lane, Func<ValueTask> Work)>? Leave(TLane? lane)
    {
        List<(TLane? Lane, Func<ValueTask> Work)>? ready = null;
        if (lane is null)
        {
            _allTaken = false;
        }
        else
        {
            _inLanes--;
            if (_lanes[lane] is { Count: > 0 } queue)
                (ready ??= []).Add((lane, queue.Dequeue()));
            else
                _lanes.Remove(lane);
        }

        while (_waiting.TryPeek(out var head) && !_allTaken && (head.Lane is not null || _inLanes == 0))
        {
            _waiting.Dequeue();
            if (TryEnter(head.Lane, head.Work))
                (ready ??= []).Add(head);
        }

        CountDown();
        return ready;
    }

    private void CountDown()
    {
        var left = Interlocked.Decrement(ref _pending);
        Debug.Assert(left >= 0, "More has ended than began.");
        if (left == 0)
        {
            _idle?.SetResult();
            _idle = null;
        }

        if (_room is not null && left < _roomBelow)
        {
            _room.SetResult();
            _room = null;
        }
    }
}
