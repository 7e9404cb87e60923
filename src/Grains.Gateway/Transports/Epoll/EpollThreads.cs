using System.Diagnostics;
using System.Globalization;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>The loops of a transport and the threads that serve them: at first one for all, more when a <see cref="ThreadGovernor"/> finds that they
/// help. With each loop comes a thread; those that serve none sleep.</summary>
internal sealed class EpollThreads : IDisposable
{
    private static readonly long PeriodTicks = Stopwatch.Frequency / 10;

    private readonly Lock _lock = new();
    private readonly EpollLoop?[] _loops;
    private readonly EpollThread?[] _threads;
    private readonly long[] _idleBefore;
    private readonly bool _adapts;
    private readonly ThreadGovernor _governor = new();
    private int _next;
    private int _serving = 1;
    private bool _disposed;
    private long _beganAt;
    private long _bytesBefore;

    /// <param name="threadsMax">Loops, and threads at most.</param>
    /// <param name="adapts">The number of threads follows what there is to do; otherwise <see cref="Share"/> says it.</param>
    public EpollThreads(int threadsMax, bool adapts = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadsMax, 1);
        _loops = new EpollLoop?[threadsMax];
        _threads = new EpollThread?[threadsMax];
        _idleBefore = new long[threadsMax];
        _adapts = adapts && threadsMax > 1;
    }

    /// <summary>Every loop is where <see cref="Share"/> wanted it.</summary>
    public bool IsShared
    {
        get
        {
            lock (_lock)
                return !_loops.Where((loop, place) => loop is not null && loop.Server != _threads[place % _serving]).Any();
        }
    }

    /// <summary>The loops in turn; each is made when it is first wanted.</summary>
    public EpollLoop NextLoop()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var place = _next;
            _next = (_next + 1) % _loops.Length;
            if (_loops[place] is { } loop)
                return loop;
            _threads[place] ??= new EpollThread(
                string.Create(CultureInfo.InvariantCulture, $"grains-epoll-{place}"), _adapts ? Watch : null);
            var server = _threads[place % _serving]!;
            loop = _loops[place] = new EpollLoop(server);
            server.Give(loop);
            return loop;
        }
    }

    /// <summary>What is asked of a thread that is on its way elsewhere is asked again in the next period.</summary>
    /// <param name="threads">That serve the loops from now on, each as many as the others.</param>
    public void Share(int threads)
    {
        lock (_lock)
        {
            _serving = threads;
            for (var i = 0; i < _loops.Length; i++)
            {
                if (_loops[i] is { } loop && loop.Server is var server && server != _threads[i % threads])
                    server.HandOver(loop, _threads[i % threads]!);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        // One of them cannot wait for itself; the descriptors are then left to the end of the program.
        if (EpollThread.Current is { } own && _threads.Contains(own))
            return;
        // None is made any more. All end before anything is closed: they wake each other.
        foreach (var thread in _threads)
            thread?.Stop();
        foreach (var thread in _threads)
            thread?.Dispose();
        foreach (var loop in _loops)
            loop?.Dispose();
    }

    /// <summary>On any of the threads, between two of its turns: ends a period when it is over.</summary>
    private void Watch(long now)
    {
        if (now - Volatile.Read(ref _beganAt) < PeriodTicks || !_lock.TryEnter())
            return;
        try
        {
            var ticks = now - _beganAt;
            if (ticks < PeriodTicks || _disposed)
                return;
            var isFirst = _beganAt == 0;
            var (busy, isSaturated) = Busy(now, ticks);
            var bytes = _loops.Sum(loop => loop?.Bytes ?? 0);
            var rate = (bytes - _bytesBefore) * (double)Stopwatch.Frequency / ticks;
            _bytesBefore = bytes;
            Volatile.Write(ref _beganAt, now);
            if (!isFirst)
                Share(_governor.Next(Stopwatch.GetElapsedTime(0, now), busy, isSaturated, rate, _loops.Count(loop => loop is not null)));
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <returns>How busy all threads are together, and whether one that could share its loops is all the time.</returns>
    private (double Busy, bool IsSaturated) Busy(long now, long ticks)
    {
        var (all, isSaturated) = (0.0, false);
        for (var i = 0; i < _threads.Length; i++)
        {
            if (_threads[i] is not { } thread)
                continue;
            var idleTicks = thread.IdleTicks(now);
            var busy = Math.Clamp(1 - ((double)(idleTicks - _idleBefore[i]) / ticks), 0, 1);
            _idleBefore[i] = idleTicks;
            all += busy;
            isSaturated |= busy >= ThreadGovernor.Saturated && _loops.Count(loop => loop?.Server == thread) > 1;
        }

        return (all, isSaturated);
    }
}
