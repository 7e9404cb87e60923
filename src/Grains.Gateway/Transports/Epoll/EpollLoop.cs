using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// One thread that waits for its sockets (epoll, edge-triggered) and runs on the spot what waited for them, then what was posted meanwhile. So a
/// burst of many connections costs one wait, and everything that their requests send to one connection leaves in one write. Nothing that runs here
/// may block.
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
    private readonly Thread _thread;
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly Queue<IThreadPoolWorkItem> _own = new();
    private readonly Queue<IThreadPoolWorkItem> _yielded = new();
    private readonly Lock _slotsLock = new();
    private readonly Stack<int> _free = new();
    private Slot[] _slots = new Slot[64];
    private int _slotCount;
    private int _forOthers;
    private int _asleep;
    private volatile bool _stopping;

    /// <param name="name">The thread's.</param>
    public EpollLoop(string name)
    {
        Schedule = PostNear;
        _epoll = Check(Libc.EpollCreate(Libc.CloseOnExec));
        _wake = Check(Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking));
        Register(_wake, Libc.In, WakeData);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>This is the thread of the loop.</summary>
    public bool IsCurrent => _current == this;

    /// <summary>Runs something of one of its sockets soon: on the loop that asks while this one sleeps, since waking a thread costs more than a
    /// write, and otherwise here. Only so much of others at once: a broadcast to many is shared out.</summary>
    public Action<IThreadPoolWorkItem> Schedule { get; }

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
            Register(socket.Descriptor, AllEvents, ((ulong)slot.Generation << 32) | (uint)index);
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

    private void PostNear(IThreadPoolWorkItem item)
    {
        if (_current is { } near && near != this && Volatile.Read(ref _asleep) != 0 && near._forOthers < ForOthersAtOnce)
        {
            near._forOthers++;
            near._own.Enqueue(item);
            return;
        }

        Post(item);
    }

    /// <summary>On the loop's thread: runs something when every socket that is ready has had its turn.</summary>
    public void Yield(IThreadPoolWorkItem item) => _yielded.Enqueue(item);

    /// <summary>Ends the thread. Sockets that are still there hear nothing more.</summary>
    public void Dispose()
    {
        _stopping = true;
        Wake();
        if (!IsCurrent)
            _thread.Join();
        Libc.Close(_wake);
        Libc.Close(_epoll);
    }

    private void Run()
    {
        _current = this;
        var events = new byte[EventsAtOnce * Libc.EventBytes];
        while (!_stopping)
        {
            var count = Wait(events);
            for (var i = 0; i < count; i++)
            {
                var (happened, data) = Libc.ReadEvent(events.AsSpan(i * Libc.EventBytes));
                if (data == WakeData)
                    Drain();
                else
                    Find(data)?.Happened(happened);
            }

            RunPosted();
        }
    }

    /// <summary>Does not sleep while something is posted, which a poster that saw nobody asleep relies on.</summary>
    private int Wait(byte[] events)
    {
        var timeoutMs = 0;
        if (_own.Count == 0 && _yielded.Count == 0)
        {
            Interlocked.Exchange(ref _asleep, 1);
            timeoutMs = _posted.IsEmpty ? -1 : 0;
        }

        int count;
        fixed (byte* first = events)
            count = Libc.EpollWait(_epoll, first, EventsAtOnce, timeoutMs);
        Volatile.Write(ref _asleep, 0);
        if (count >= 0)
            return count;
        return Marshal.GetLastPInvokeError() == Libc.Interrupted ? 0 : Check(count);
    }

    /// <summary>What was posted elsewhere before, and what the loop posted itself, also meanwhile: a delivery makes a flush. Only so many at once, so
    /// that no socket is forgotten over them.</summary>
    private void RunPosted()
    {
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var item); left--)
            item.Execute();
        for (var left = OwnAtOnce; left > 0 && _own.TryDequeue(out var item); left--)
            item.Execute();
        for (var left = _yielded.Count; left > 0; left--)
            _yielded.Dequeue().Execute();
        _forOthers = 0;
    }

    private EpollSocket? Find(ulong data)
    {
        lock (_slotsLock)
        {
            ref var slot = ref _slots[(int)(uint)data];
            return slot.Generation == (uint)(data >> 32) ? slot.Socket : null;
        }
    }

    private void Register(int descriptor, uint events, ulong data)
    {
        Span<byte> @event = stackalloc byte[16];
        Libc.WriteEvent(@event, events, data);
        fixed (byte* place = @event)
            Check(Libc.EpollControl(_epoll, Libc.Add, descriptor, place));
    }

    private void Wake()
    {
        var one = 1UL;
        Libc.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    private void Drain()
    {
        ulong value;
        Libc.Read(_wake, (byte*)&value, sizeof(ulong));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    private struct Slot
    {
        public EpollSocket? Socket;
        public uint Generation;
    }
}
