using System.Collections.Concurrent;
using System.Diagnostics;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// A thread that serves loops, one after the other. With one it waits for that loop's sockets themselves; with several for the loops (an epoll of
/// epolls), which costs one more system call a turn. With none it sleeps.
/// </summary>
internal sealed unsafe class EpollThread : IDisposable
{
    private const int EventsAtOnce = 64;

    /// <summary>Turns without a wait before the clock is looked at.</summary>
    private const int TurnsUnwatched = 64;

    [ThreadStatic]
    private static EpollThread? _current;

    private readonly Thread _thread;
    private readonly Action<long>? _watch;
    private readonly int _group;
    private readonly int _wake;
    private readonly byte[] _events = new byte[EventsAtOnce * Libc.EventBytes];
    private readonly ConcurrentQueue<EpollLoop> _given = new();
    private readonly List<EpollLoop> _served = [];
    private volatile EpollLoop? _waitsFor;
    private volatile EpollThread? _heir;
    private volatile bool _stopping;
    private int _disposed;
    private bool _isGrouped;
    private int _unwatched;
    private long _idleTicks;
    private long _blockedAt;

    /// <param name="name">The thread's.</param>
    /// <param name="watch">Called on the thread between two turns, now and then while it does anything, with the time as
    /// <see cref="Stopwatch.GetTimestamp"/> gives it.</param>
    public EpollThread(string name, Action<long>? watch = null)
    {
        _watch = watch;
        _group = Libc.Check(Libc.EpollCreate(Libc.CloseOnExec));
        _wake = Libc.Check(Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking));
        Register(_wake);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The one that runs this code.</summary>
    public static EpollThread? Current => _current;

    /// <summary>Has it serve a loop whose <see cref="EpollLoop.Server"/> it is already; from any thread.</summary>
    public void Give(EpollLoop loop)
    {
        _given.Enqueue(loop);
        Wake();
    }

    /// <summary>Has it hand over all that it serves; from any thread.</summary>
    public void GiveUpTo(EpollThread heir)
    {
        _heir = heir;
        Wake();
    }

    /// <summary>On the thread, between two turns: hands over one of its loops.</summary>
    /// <returns>False when it does not serve it yet.</returns>
    public bool TryHandOver(EpollLoop loop, EpollThread to)
    {
        if (!Remove(loop))
            return false;
        loop.Server = to;
        to.Give(loop);
        return true;
    }

    /// <summary>Ticks of <see cref="Stopwatch"/> in which it had nothing to do; from any thread.</summary>
    public long IdleTicks(long now)
    {
        var blockedAt = Volatile.Read(ref _blockedAt);
        return Volatile.Read(ref _idleTicks) + (blockedAt == 0 ? 0 : Math.Max(0, now - blockedAt));
    }

    /// <summary>Ends the thread; its loops are served no more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _stopping = true;
        Wake();
        if (_current != this)
            _thread.Join();
        Libc.Close(_wake);
        Libc.Close(_group);
    }

    private void Run()
    {
        _current = this;
        while (!_stopping)
        {
            while (_given.TryDequeue(out var loop))
                Add(loop);
            if (_heir is { } heir)
            {
                _heir = null;
                while (_served.Count > 0)
                    TryHandOver(_served[^1], heir);
            }

            Turn();
            if (++_unwatched > TurnsUnwatched)
                Watch(Stopwatch.GetTimestamp());
        }
    }

    private void Turn()
    {
        var isGrouped = _isGrouped || _served.Count == 0;
        var blocks = TryFallAsleep(isGrouped ? null : _served[0]);
        if (blocks)
            Volatile.Write(ref _blockedAt, Stopwatch.GetTimestamp());
        var timeoutMs = blocks ? -1 : 0;
        var ready = isGrouped ? Libc.Wait(_group, _events, timeoutMs) : _served[0].Wait(timeoutMs);
        var now = blocks ? Woken() : 0;
        if (isGrouped)
            RunGroup(ready);
        else
            _served[0].RunSockets(ready);
        foreach (var loop in _served)
        {
            if (loop.HasWork)
                loop.RunPosted();
        }

        if (blocks)
            Watch(now);
    }

    /// <summary>Whether to block. Whoever has something for this thread puts it down first and then looks what it waits for, here it is the other way
    /// round: so nothing is missed.</summary>
    private bool TryFallAsleep(EpollLoop? waitsFor)
    {
        var nothing = true;
        foreach (var loop in _served)
            nothing &= loop.TryFallAsleep();
        _waitsFor = waitsFor;
        Interlocked.MemoryBarrier();
        return nothing && _given.IsEmpty && _heir is null && !_stopping;
    }

    private void Wake()
    {
        Interlocked.MemoryBarrier();
        Libc.Signal(_wake);
        _waitsFor?.Wake();
    }

    /// <summary>Gives the loops that have something their turn.</summary>
    private void RunGroup(int count)
    {
        foreach (var loop in _served)
            loop.Awake();
        for (var i = 0; i < count; i++)
        {
            var (_, descriptor) = Libc.ReadEvent(_events.AsSpan(i * Libc.EventBytes));
            if (descriptor == (ulong)_wake)
                Libc.Drain(_wake);
            else
                RunSocketsOf(descriptor);
        }
    }

    private void RunSocketsOf(ulong descriptor)
    {
        foreach (var loop in _served)
        {
            if ((ulong)loop.Descriptor == descriptor)
            {
                loop.RunSockets(loop.Wait(0));
                return;
            }
        }
    }

    private long Woken()
    {
        var now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _idleTicks, _idleTicks + now - _blockedAt);
        Volatile.Write(ref _blockedAt, 0);
        return now;
    }

    private void Watch(long now)
    {
        _unwatched = 0;
        _watch?.Invoke(now);
    }

    private void Add(EpollLoop loop)
    {
        _served.Add(loop);
        if (_isGrouped)
            Register(loop.Descriptor);
        else if (_served.Count > 1)
            Group(true);
        // What was posted while nobody served it has woken nobody.
        loop.RunPosted();
    }

    private bool Remove(EpollLoop loop)
    {
        if (!_served.Remove(loop))
            return false;
        if (_isGrouped)
            Libc.EpollControl(_group, Libc.Remove, loop.Descriptor, null);
        if (_isGrouped && _served.Count == 1)
            Group(false);
        return true;
    }

    private void Group(bool together)
    {
        _isGrouped = together;
        foreach (var loop in _served)
        {
            if (together)
                Register(loop.Descriptor);
            else
                Libc.EpollControl(_group, Libc.Remove, loop.Descriptor, null);
        }
    }

    private void Register(int descriptor) => Libc.Register(_group, descriptor, Libc.In, (ulong)descriptor);
}
