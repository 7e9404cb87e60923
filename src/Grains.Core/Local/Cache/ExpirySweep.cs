namespace Grains.Local;

/// <summary>
/// Reclaims what nobody reads: one timer, set for the first grain of which something is due. Readers do not depend on it: they see an
/// entry's end exactly. A renewed expiry is noticed when its old time comes up, so renewing costs nothing here.
/// </summary>
internal sealed class ExpirySweep : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<KeyGrain, long> _reclaim;
    private readonly Action _pause;
    private readonly GrainHeap _due = new(recency: false);
    private readonly ITimer _timer;
    private readonly Lock _sweeping = new();
    private readonly Lock _scheduling = new();
    private long _timerAtUs = long.MaxValue;
    private bool _disposed;

    /// <param name="time">The clock.</param>
    /// <param name="reclaim">Removes what is due of a grain, in its turn, and schedules it again if something is left.</param>
    /// <param name="pause">Called between grains.</param>
    public ExpirySweep(TimeProvider time, Action<KeyGrain, long> reclaim, Action pause)
    {
        _time = time;
        _pause = pause;
        _reclaim = reclaim;
        _timer = time.CreateTimer(static state => ((ExpirySweep)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something of the grain is due at this time, microseconds; later times than the one it waits for already are ignored.</summary>
    public void Schedule(KeyGrain grain, long dueUs)
    {
        if (_due.AddOrRaise(grain, dueUs))
            SetTimer(dueUs);
    }

    public void Remove(KeyGrain grain) => _due.Remove(grain);

    public void Dispose()
    {
        lock (_scheduling)
            _disposed = true;
        _timer.Dispose();
    }

    private void Sweep()
    {
        lock (_sweeping)
        {
            lock (_scheduling)
                _timerAtUs = long.MaxValue;
            var now = _time.NowUs();
            while (_due.TryPop(now, out var grain, out _))
            {
                _reclaim(grain, now);
                _pause();
            }

            if (_due.PeekKey() is var next && next != long.MaxValue)
                SetTimer(next);
        }
    }

    // Timers count whole milliseconds: rounding up keeps one from firing before its time.
    private void SetTimer(long dueUs)
    {
        lock (_scheduling)
        {
            if (_disposed || dueUs >= _timerAtUs)
                return;
            _timerAtUs = dueUs;
            var delayMs = Math.Clamp((dueUs - _time.NowUs() + 999) / 1_000, 1, 24 * 3_600_000);
            _timer.Change(TimeSpan.FromMilliseconds(delayMs), Timeout.InfiniteTimeSpan);
        }
    }
}
