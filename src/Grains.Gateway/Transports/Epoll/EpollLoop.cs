using System.Collections.Concurrent;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// Sockets that one thread at a time waits for (epoll, edge-triggered): it runs on the spot what waited for them, then what was posted meanwhile. So
/// a burst of many connections costs one wait, and everything that their requests send to one connection leaves in one write. Nothing that runs here
/// may block. The thread may serve several loops, and hand one to another thread between two turns.
/// </summary>
internal sealed unsafe class EpollLoop : IDisposable
{
    private const int EventsAtOnce = 256;
    private const int OwnAtOnce = 1024;
    private const int ForOthersAtOnce = 32;
    private const ulong WakeData = ulong.MaxValue;
    private const uint AllEvents = Libc.In | Libc.Out | Libc.ReadHangUp | Libc.EdgeTriggered;

    [ThreadStatic]
    private static EpollLoop? _current;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte[] _events = new byte[EventsAtOnce * Libc.EventBytes];
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly Queue<IThreadPoolWorkItem> _own = new();
    private readonly Queue<IThreadPoolWorkItem> _yielded = new();
    private readonly Lock _slotsLock = new();
    private readonly Stack<int> _free = new();
    private Slot[] _slots = new Slot[64];
    private int _slotCount;
    private int _forOthers;
    private int _asleep;
    private long _bytes;
    private volatile EpollThread _server;

    /// <param name="server">Who serves it at first; must be given it afterwards.</param>
    public EpollLoop(EpollThread server)
    {
        _server = server;
        Schedule = PostNear;
        _epoll = Libc.Check(Libc.EpollCreate(Libc.CloseOnExec));
        _wake = Libc.Check(Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking));
        Libc.Register(_epoll, _wake, Libc.In, WakeData);
    }

    /// <summary>This is the thread of the loop.</summary>
    public bool IsCurrent => EpollThread.Current == _server;

    /// <summary>Who serves it; changed by that thread, between two turns, as the last that it does to the loop.</summary>
    public EpollThread Server
    {
        get => _server;
        set => _server = value;
    }

    /// <summary>That a thread may wait for several.</summary>
    public int Descriptor => _epoll;

    /// <summary>Bytes read and written, roughly: counted without a lock, and some sockets are used by other threads too.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>On the loop's thread: something was posted.</summary>
    public bool HasPosted => _own.Count > 0 || !_posted.IsEmpty;

    /// <summary>Runs something of one of its sockets soon: on the loop that asks while this one sleeps, since waking a thread costs more than a
    /// write, and otherwise, or when it is much, here. Only so much of others at once: a broadcast to many is shared out.</summary>
    public Action<IThreadPoolWorkItem, bool> Schedule { get; }

    /// <summary>The sockets that it looks after.</summary>
    public int Count
    {
        get
        {
            lock (_slotsLock)
                return _slotCount - _free.Count;
        }
    }

    /// <summary>On the loop's thread: turns that were given away and have not come back.</summary>
    public int Yielded => _yielded.Count;

    /// <summary>Tells the socket from now on when it can be read or written.</summary>
    /// <returns>What <see cref="Remove"/> wants.</returns>
    public int Add(EpollSocket socket)
    {
        lock (_slotsLock)
        {
            if (!_free.TryPop(out var index))
                index = _slotCount++;
            if (index == _slots.Length)
                Array.Resize(ref _slots, 2 * _slots.Length);
            ref var slot = ref _slots[index];
            slot.Socket = socket;
            Libc.Register(_epoll, socket.Descriptor, AllEvents, ((ulong)slot.Generation << 32) | (uint)index);
            return index;
        }
    }

    public void Remove(int index, int descriptor)
    {
        lock (_slotsLock)
        {
            // Events that were fetched before name a generation that is gone. That epoll knows the socket no more follows from its being closed.
            _slots[index].Generation++;
            _slots[index].Socket = null;
            _free.Push(index);
            Libc.EpollControl(_epoll, Libc.Remove, descriptor, null);
        }
    }

    /// <summary>Runs something on the loop's thread, after the events that have been fetched.</summary>
    public void Post(IThreadPoolWorkItem item)
    {
        if (IsCurrent)
        {
            _own.Enqueue(item);
            return;
        }

        _posted.Enqueue(item);
        // The item must be there before the loop is seen awake: otherwise both sides could miss each other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
            Wake();
    }

    private void PostNear(IThreadPoolWorkItem item, bool isMuch)
    {
        if (!isMuch && !IsCurrent && _current is { } near && Volatile.Read(ref _asleep) != 0 && near._forOthers < ForOthersAtOnce)
        {
            near._forOthers++;
            near._own.Enqueue(item);
            return;
        }

        Post(item);
    }

    /// <summary>On the loop's thread: runs something when every socket that is ready has had its turn.</summary>
    public void Yield(IThreadPoolWorkItem item) => _yielded.Enqueue(item);

    /// <summary>Bytes were read or written.</summary>
    public void Moved(int bytes) => _bytes += bytes;

    /// <summary>After its thread has ended. Sockets that are still there hear nothing more.</summary>
    public void Dispose()
    {
        Libc.Close(_wake);
        Libc.Close(_epoll);
    }

    /// <summary>On the loop's thread, before it blocks: from now on a poster wakes it.</summary>
    /// <returns>False when there is something to do, which a poster that saw nobody asleep relies on.</returns>
    public bool TryFallAsleep()
    {
        if (_own.Count > 0 || _yielded.Count > 0)
            return false;
        Interlocked.Exchange(ref _asleep, 1);
        return _posted.IsEmpty;
    }

    /// <summary>On the loop's thread: a poster need not wake it.</summary>
    public void Awake() => Volatile.Write(ref _asleep, 0);

    /// <summary>On the loop's thread: waits, if it may, until a socket has something.</summary>
    /// <param name="timeoutMs">0, or -1 after <see cref="TryFallAsleep"/>.</param>
    /// <returns>What <see cref="RunSockets"/> wants.</returns>
    public int Wait(int timeoutMs)
    {
        var count = Libc.Wait(_epoll, _events, timeoutMs);
        Awake();
        return count;
    }

    /// <summary>On the loop's thread: gives those their turn that had something at the last wait.</summary>
    public void RunSockets(int count)
    {
        _current = this;
        for (var i = 0; i < count; i++)
        {
            var (happened, data) = Libc.ReadEvent(_events.AsSpan(i * Libc.EventBytes));
            if (data == WakeData)
                Libc.Drain(_wake);
            else
                Find(data)?.Happened(happened);
        }
    }

    /// <summary>On the loop's thread: runs what was posted elsewhere before, and what was posted on the thread itself, also meanwhile: a delivery
    /// makes a flush. Only so many at once, so that no socket is forgotten over them.</summary>
    public void RunPosted()
    {
        _current = this;
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var item); left--)
            item.Execute();
        for (var left = OwnAtOnce; left > 0 && _own.TryDequeue(out var item); left--)
            item.Execute();
    }

    /// <summary>On the loop's thread, once a turn: gives back the turns that were given away before.</summary>
    public void RunYielded()
    {
        _current = this;
        for (var left = _yielded.Count; left > 0; left--)
            _yielded.Dequeue().Execute();
        _forOthers = 0;
    }

    /// <summary>Ends a wait of whoever serves it, from any thread.</summary>
    public void Wake() => Libc.Signal(_wake);

    private EpollSocket? Find(ulong data)
    {
        lock (_slotsLock)
        {
            ref var slot = ref _slots[(int)(uint)data];
            return slot.Generation == (uint)(data >> 32) ? slot.Socket : null;
        }
    }

    private struct Slot
    {
        public EpollSocket? Socket;
        public uint Generation;
    }
}
