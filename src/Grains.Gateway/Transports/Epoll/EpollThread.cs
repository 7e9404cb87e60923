using System.Collections.Concurrent;
using System.Diagnostics;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// A thread that serves loops, one after the other. With one it waits for that loop's sockets themselves; with several for the loops (an epoll of
/// epolls), which costs a turn one more system call, and one for each loop that has something. With none it sleeps.
/// </summary>
internal sealed unsafe class EpollThread : IDisposable
{
    private const int EventsAtOnce = 64;

    /// <summary>Turns without a wait before the clock is looked at.</summary>
    private const int TurnsUnwatched = 8;

    private const int PassesMax = 2;

    [ThreadStatic]
    private static EpollThread? _current;

    private readonly Thread _thread;
    private readonly Action<long>? _watch;
    private readonly int _group;
    private readonly int _wake;
    private readonly byte[] _events = new byte[EventsAtOnce * Libc.EventBytes];
    private readonly ConcurrentQueue<EpollLoop> _given = new();
    private readonly ConcurrentQueue<(EpollLoop Loop, EpollThread To)> _asked = new();
    private readonly List<EpollLoop> _served = [];
    private volatile EpollLoop? _waitsFor;
    private volatile bool _stopping;
    private bool _isGrouped;
    private int _unwatched;
    private long _idleTicks;
    private long _blockedAt;

    /// <param name="name">The thread's.</param>
    /// <param name="watch">Called on the thread between two turns, now and then while it does anything, with the time as
    /// <see cref="Stopwatch.GetTimestamp"/> gives it. Without, <see cref="IdleTicks"/> says nothing.</param>
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

    /// <summary>Asks it to hand a loop to another thread, between two turns; from any thread. It does not if it does not serve the loop
    /// then.</summary>
    public void HandOver(EpollLoop loop, EpollThread to)
    {
        _asked.Enqueue((loop, to));
        Wake();
    }

    /// <summary>Ticks of <see cref="Stopwatch"/> in which it had nothing to do; from any thread.</summary>
    public long IdleTicks(long now)
    {
        var blockedAt = Volatile.Read(ref _blockedAt);
        return Volatile.Read(ref _idleTicks) + (blockedAt == 0 ? 0 : Math.Max(0, now - blockedAt));
    }

    /// <summary>Ends the thread; its loops are served no more. Not on the thread itself.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
        _thread.Join();
    }

    /// <summary>After <see cref="Stop"/> of all threads that know this one.</summary>
    public void Dispose()
    {
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
            while (_asked.TryDequeue(out var asked))
            {
                if (!Remove(asked.Loop))
                    continue;
                asked.Loop.Server = asked.To;
                asked.To.Give(asked.Loop);
            }

            Turn();
            if (_watch is not null && ++_unwatched > TurnsUnwatched)
                Watch(Stopwatch.GetTimestamp());
        }
    }

    private void Turn()
    {
        var isGrouped = _isGrouped || _served.Count == 0;
        var blocks = TryFallAsleep();
        var isTimed = blocks && _watch is not null;
        if (isTimed)
            Volatile.Write(ref _blockedAt, Stopwatch.GetTimestamp());
        var timeoutMs = blocks ? -1 : 0;
        var ready = isGrouped ? Libc.Wait(_group, _events, timeoutMs) : _served[0].Wait(timeoutMs);
        var now = isTimed ? Woken() : 0;
        if (isGrouped)
            RunGroup(ready);
        else
            _served[0].RunSockets(ready);
        // What one loop's work makes of work for another leaves in the same turn.
        for (var pass = 0; pass < Math.Min(_served.Count, PassesMax); pass++)
        {
            foreach (var loop in _served)
            {
                if (loop.HasPosted)
                    loop.RunPosted();
            }
        }

        foreach (var loop in _served)
            loop.RunYielded();

        if (isTimed)
            Watch(now);
    }

    /// <summary>Whether to block. Whoever has something for this thread puts it down first and then looks what it waits for, here it is the other way
    /// round: so nothing is missed.</summary>
    private bool TryFallAsleep()
    {
        var nothing = true;
        foreach (var loop in _served)
            nothing &= loop.TryFallAsleep();
        if (nothing && _given.IsEmpty && _asked.IsEmpty && !_stopping)
            return true;
        foreach (var loop in _served)
            loop.Awake();
        return false;
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
        _waitsFor = _isGrouped ? null : loop;
    }

    private bool Remove(EpollLoop loop)
    {
        if (!_served.Remove(loop))
            return false;
        if (_isGrouped)
            Libc.EpollControl(_group, Libc.Remove, loop.Descriptor, null);
        if (_isGrouped && _served.Count == 1)
            Group(false);
        _waitsFor = _served.Count == 1 ? _served[0] : null;
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
