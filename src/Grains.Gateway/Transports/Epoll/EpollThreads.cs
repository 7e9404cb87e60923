using System.Diagnostics;
using System.Globalization;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>The loops of a transport and the threads that serve them: at first one for all, more when a <see cref="ThreadGovernor"/> finds that they
/// help. Each loop but the first has a thread of its own for then; until then it is the first's.</summary>
internal sealed class EpollThreads : IDisposable
{
    private static readonly long PeriodTicks = Stopwatch.Frequency / 10;

    private readonly Lock _lock = new();
    private readonly EpollLoop?[] _loops;
    private readonly EpollThread?[] _threads;
    private readonly long[] _idleBefore;
    private readonly ThreadGovernor _governor = new();
    private int _next;
    private bool _disposed;
    private long _beganAt;
    private long _bytesBefore;

    /// <param name="threadsMax">Loops, and threads at most.</param>
    public EpollThreads(int threadsMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadsMax, 1);
        _loops = new EpollLoop?[threadsMax];
        _threads = new EpollThread?[threadsMax];
        _idleBefore = new long[threadsMax];
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
            var server = ThreadAt(place < _governor.Threads ? place : 0);
            loop = _loops[place] = new EpollLoop(server);
            server.Give(loop);
            return loop;
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        // None is made any more. The threads first: they wait for the loops.
        foreach (var thread in _threads)
            thread?.Dispose();
        foreach (var loop in _loops)
            loop?.Dispose();
    }

    private EpollThread ThreadAt(int place) => _threads[place] ??= new EpollThread(
        string.Create(CultureInfo.InvariantCulture, $"grains-epoll-{place}"), place == 0 && _threads.Length > 1 ? Watch : null);

    /// <summary>On the first thread, between two of its turns: ends a period when it is over.</summary>
    private void Watch(long now)
    {
        var ticks = now - _beganAt;
        if (ticks < PeriodTicks)
            return;
        lock (_lock)
        {
            if (_disposed)
                return;
            var isFirst = _beganAt == 0;
            var (busy, bytes) = (Busy(now, ticks), _loops.Sum(loop => loop?.Bytes ?? 0));
            var rate = (bytes - _bytesBefore) * (double)Stopwatch.Frequency / ticks;
            (_beganAt, _bytesBefore) = (now, bytes);
            if (isFirst)
                return;
            _governor.Next(Stopwatch.GetElapsedTime(0, now), busy, rate, _loops.Count(loop => loop is not null));
            Share();
        }
    }

    private double Busy(long now, long ticks)
    {
        var busy = 0.0;
        for (var i = 0; i < _threads.Length; i++)
        {
            if (_threads[i] is not { } thread)
                continue;
            var idleTicks = thread.IdleTicks(now);
            busy += 1 - ((double)(idleTicks - _idleBefore[i]) / ticks);
            _idleBefore[i] = idleTicks;
        }

        return busy;
    }

    /// <summary>What has not come back yet is given away in a later period.</summary>
    private void Share()
    {
        var first = _threads[0]!;
        for (var i = 1; i < _loops.Length; i++)
        {
            if (_loops[i] is not { } loop)
                continue;
            if (i < _governor.Threads && loop.Server == first)
                first.TryHandOver(loop, ThreadAt(i));
            else if (i >= _governor.Threads && loop.Server != first)
                loop.Server.GiveUpTo(first);
        }
    }
}
