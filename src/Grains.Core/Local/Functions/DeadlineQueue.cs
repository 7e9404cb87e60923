namespace Grains.Local;

/// <summary>
/// The deadlines of running calls: a binary heap behind one timer, so that a call costs no timer of its own and leaves without a
/// trace when it ends in time. Each call knows its place in the heap.
/// </summary>
internal sealed class DeadlineQueue : IDisposable
{
    /// <summary>Not in the queue.</summary>
    public const int Nowhere = -1;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private RunningCall[] _heap = new RunningCall[64];
    private int _count;
    private long _armedForUs = long.MaxValue;

    public DeadlineQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((DeadlineQueue)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds a call, unless it has ended meanwhile.</summary>
    public void Add(RunningCall call)
    {
        lock (_lock)
        {
            if (call.HasEnded)
                return;
            if (_count == _heap.Length)
                Array.Resize(ref _heap, _count * 2);
            Rise(_count++, call);
            Arm();
        }
    }

    /// <summary>Takes out a call that has ended.</summary>
    public void Remove(RunningCall call)
    {
        lock (_lock)
        {
            var at = call.HeapIndex;
            if (at == Nowhere)
                return;
            call.HeapIndex = Nowhere;
            var last = _heap[--_count];
            _heap[_count] = null!;
            if (last == call)
                return;
            if (at > 0 && last.DeadlineAtUs < _heap[(at - 1) / 2].DeadlineAtUs)
                Rise(at, last);
            else
                Sink(at, last);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        List<RunningCall>? due = null;
        lock (_lock)
        {
            _armedForUs = long.MaxValue;
            var nowUs = _time.NowUs();
            while (_count > 0 && _heap[0].DeadlineAtUs <= nowUs)
            {
                var call = _heap[0];
                (due ??= []).Add(call);
                call.HeapIndex = Nowhere;
                var last = _heap[--_count];
                _heap[_count] = null!;
                if (_count > 0)
                    Sink(0, last);
            }

            Arm();
        }

        if (due is null)
            return;
        foreach (var call in due)
            call.TimeOut();
    }

    // The timer is set only for a deadline earlier than the one it is set for: a call that ends in time leaves it as it is.
    private void Arm()
    {
        if (_count == 0 || _heap[0].DeadlineAtUs >= _armedForUs)
            return;
        _armedForUs = _heap[0].DeadlineAtUs;
        var waitUs = Math.Max(0, _armedForUs - _time.NowUs());
        _timer.Change(TimeSpan.FromMilliseconds((waitUs + 999) / 1000), Timeout.InfiniteTimeSpan);
    }

    private void Rise(int at, RunningCall call)
    {
        while (at > 0 && call.DeadlineAtUs < _heap[(at - 1) / 2].DeadlineAtUs)
        {
            Put(at, _heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }

        Put(at, call);
    }

    private void Sink(int at, RunningCall call)
    {
        while ((2 * at) + 1 < _count)
        {
            var child = (2 * at) + 1;
            if (child + 1 < _count && _heap[child + 1].DeadlineAtUs < _heap[child].DeadlineAtUs)
                child++;
            if (call.DeadlineAtUs <= _heap[child].DeadlineAtUs)
                break;
            Put(at, _heap[child]);
            at = child;
        }

        Put(at, call);
    }

    private void Put(int at, RunningCall call)
    {
        _heap[at] = call;
        call.HeapIndex = at;
    }
}
