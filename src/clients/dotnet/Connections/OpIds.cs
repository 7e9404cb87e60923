using System.Collections.Concurrent;

namespace Grains.Client.Connections;

/// <summary>
/// Gives writes their op_ids. A key or topic remembers a bounded number of ids for five minutes and then refuses new ones, so
/// each target gets only <see cref="PerTargetMax"/> ids of this client in that time: the rare writes that matter (locks, settings,
/// configuration) are retried, and a busy counter is not refused. Writes beyond carry none and are not retried.
/// </summary>
internal sealed class OpIds(TimeProvider time)
{
    /// <summary>A quarter of what a key remembers, so that a few clients may share one.</summary>
    public const int PerTargetMax = 32;

    /// <summary>Targets counted at once; while there are more, further ones get no ids.</summary>
    private const int TargetsMax = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly string _prefix = Guid.NewGuid().ToString("N")[..16] + "-";
    private readonly ConcurrentDictionary<object, Window> _windows = new();
    private long _last;
    private long _sweptAt;

    /// <summary>An id for a write to a key (<see cref="CacheKey"/>) or topic (its name); null when it gets none.</summary>
    public string? Next(object target)
    {
        var now = time.GetTimestamp();
        if (_windows.Count >= TargetsMax)
            Sweep(now);
        if (!_windows.TryGetValue(target, out var window))
        {
            if (_windows.Count >= TargetsMax)
                return null;
            window = _windows.GetOrAdd(target, _ => new Window());
        }

        return window.TryTake(now, time) ? _prefix + Interlocked.Increment(ref _last) : null;
    }

    /// <summary>The target has refused an id: it gets none for a while.</summary>
    public void Exhaust(object target) => _windows.GetOrAdd(target, _ => new Window()).Exhaust(time.GetTimestamp());

    /// <summary>Forgets windows that are over, at most once a second.</summary>
    private void Sweep(long now)
    {
        var sweptAt = Volatile.Read(ref _sweptAt);
        if (time.GetElapsedTime(sweptAt, now) < TimeSpan.FromSeconds(1) || Interlocked.CompareExchange(ref _sweptAt, now, sweptAt) != sweptAt)
            return;
        foreach (var (target, window) in _windows)
        {
            if (window.IsOver(now, time))
                _windows.TryRemove(target, out _);
        }
    }

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private long _startedAt;
        private int _taken;

        public bool TryTake(long now, TimeProvider time)
        {
            lock (_lock)
            {
                if (_taken == 0 || time.GetElapsedTime(_startedAt, now) >= Lifetime)
                    (_startedAt, _taken) = (now, 0);
                if (_taken >= PerTargetMax)
                    return false;
                _taken++;
                return true;
            }
        }

        public void Exhaust(long now)
        {
            lock (_lock)
                (_startedAt, _taken) = (now, PerTargetMax);
        }

        public bool IsOver(long now, TimeProvider time)
        {
            lock (_lock)
                return time.GetElapsedTime(_startedAt, now) >= Lifetime;
        }
    }
}
