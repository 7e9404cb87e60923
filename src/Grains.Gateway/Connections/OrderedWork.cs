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

    // Made with the first request that an engine has not answered at once: most connections to an engine in this process never have one.
    private Dictionary<TLane, Queue<Item>?>? _lanes;
    private Queue<Item>? _waiting;
    private int _pending;
    private long _bytes;
    private int _inLanes;
    private bool _allTaken;
    private TaskCompletionSource? _idle;
    private TaskCompletionSource? _room;
    private int _roomCount;
    private long _roomBytes;

    /// <summary>Nothing is running or waiting: a request may be run directly.</summary>
    public bool IsIdle => Volatile.Read(ref _pending) == 0;

    /// <summary>Requests that run or wait.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Runs <paramref name="work"/> once, when everything before it in its lane has ended; at once if nothing is before it.</summary>
    /// <param name="lane">The key, or null for all of them.</param>
    /// <param name="bytes">What the request keeps in memory until it has ended.</param>
    /// <param name="work">Must not fail: what it throws is a fault of the server's own.</param>
    public void Run(TLane? lane, int bytes, Func<ValueTask> work)
    {
        var item = new Item(lane, bytes, work);
        lock (_lock)
        {
            _pending++;
            _bytes += bytes;
            if (_allTaken || _waiting is { Count: > 0 } || (lane is null && _inLanes > 0))
            {
                (_waiting ??= new Queue<Item>()).Enqueue(item);
                return;
            }

            if (!TryEnter(item))
                return;
        }

        _ = DriveAsync(item, resumed: false);
    }

    /// <summary>As many requests, or as many bytes of them, run or wait as may.</summary>
    public bool IsFull(int count, long bytes) => Volatile.Read(ref _pending) >= count || Volatile.Read(ref _bytes) >= bytes;

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

    /// <summary>Completes when it is not full.</summary>
    public Task WhenRoomAsync(int count, long bytes)
    {
        lock (_lock)
        {
            if (_pending < count && _bytes < bytes)
                return Task.CompletedTask;
            (_roomCount, _roomBytes) = (count, bytes);
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <returns>True when the work is to be started now; false when it waits in its lane.</returns>
    private bool TryEnter(Item item)
    {
        if (item.Lane is null)
        {
            _allTaken = true;
            return true;
        }

        _inLanes++;
        _lanes ??= [];
        if (!_lanes.TryGetValue(item.Lane, out var queue))
        {
            _lanes[item.Lane] = null;
            return true;
        }

        if (queue is null)
            _lanes[item.Lane] = queue = new Queue<Item>();
        queue.Enqueue(item);
        return false;
    }

    private async Task DriveAsync(Item item, bool resumed)
    {
        // What was waiting starts on a thread of its own: a chain of a thousand requests that end at once must not become a stack.
        if (resumed)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await item.Work();
        }
        catch (Exception exception)
        {
            onFault(exception);
        }

        List<Item>? ready;
        lock (_lock)
            ready = Leave(item);
        if (ready is null)
            return;
        foreach (var next in ready)
            _ = DriveAsync(next, resumed: true);
    }

    private List<Item>? Leave(Item item)
    {
        List<Item>? ready = null;
        if (item.Lane is null)
        {
            _allTaken = false;
        }
        else
        {
            _inLanes--;
            if (_lanes![item.Lane] is { Count: > 0 } queue)
                (ready ??= []).Add(queue.Dequeue());
            else
                _lanes.Remove(item.Lane);
        }

        while (_waiting is not null && _waiting.TryPeek(out var head) && !_allTaken && (head.Lane is not null || _inLanes == 0))
        {
            _waiting.Dequeue();
            if (TryEnter(head))
                (ready ??= []).Add(head);
        }

        CountDown(item);
        return ready;
    }

    private void CountDown(Item item)
    {
        _pending--;
        _bytes -= item.Bytes;
        Debug.Assert(_pending >= 0, "More has ended than began.");
        if (_pending == 0)
        {
            _idle?.SetResult();
            _idle = null;
        }

        if (_room is not null && _pending < _roomCount && _bytes < _roomBytes)
        {
            _room.SetResult();
            _room = null;
        }
    }

    private sealed record Item(TLane? Lane, int Bytes, Func<ValueTask> Work);
}
