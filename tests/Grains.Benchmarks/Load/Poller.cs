using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Grains.Benchmarks.Load;

/// <summary>
/// epoll: waits until one of many sockets has something, level-triggered. Waits are exact to some microseconds (the calling thread's timer slack
/// is turned off), so that the open loop sends when it means to. Used by one thread.
/// </summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int EventsMax = 512;

    // struct epoll_event is packed on x64 only: u32 events, (padding,) u64 data.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly byte[] _events = GC.AllocateArray<byte>(EventsMax * EventBytes, pinned: true);
    private readonly int _epoll;
    private bool _exact = true;

    public Poller()
    {
        _epoll = Libc.EpollCreate(0);
        if (_epoll < 0)
            throw new LoadException($"epoll_create1 failed: error {Marshal.GetLastPInvokeError()}");
        _ = Libc.Control(Libc.SetTimerSlack, 1, 0, 0, 0);
    }

    public void Add(int fd, int index) => Control(Libc.EpollAdd, fd, index, Libc.EpollIn);

    /// <param name="fd">A socket that was added.</param>
    /// <param name="index">Its index.</param>
    /// <param name="writes">Whether it also waits for room to write.</param>
    public void Modify(int fd, int index, bool writes) => Control(Libc.EpollModify, fd, index, writes ? Libc.EpollIn | Libc.EpollOut : Libc.EpollIn);

    /// <returns>How many sockets are ready: see <see cref="IndexAt"/>.</returns>
    public int Wait(long timeoutNs)
    {
        fixed (byte* events = _events)
        {
            var count = timeoutNs > 0 && _exact ? WaitExactly(events, timeoutNs)
                : Libc.EpollWait(_epoll, events, EventsMax, (int)Math.Clamp(timeoutNs / 1_000_000, 0, 1_000));
            if (count >= 0)
                return count;
            var error = Marshal.GetLastPInvokeError();
            return error == Libc.Interrupted ? 0 : throw new LoadException($"epoll_wait failed: error {error}");
        }
    }

    public int IndexAt(int place) => (int)BinaryPrimitives.ReadInt64LittleEndian(_events.AsSpan((place * EventBytes) + EventBytes - 8));

    public bool CanWriteAt(int place) => (BinaryPrimitives.ReadUInt32LittleEndian(_events.AsSpan(place * EventBytes)) & Libc.EpollOut) != 0;

    public void Dispose() => _ = Libc.Close(_epoll);

    private int WaitExactly(byte* events, long timeoutNs)
    {
        var timeout = new Libc.Timespec { Seconds = timeoutNs / 1_000_000_000, Nanoseconds = timeoutNs % 1_000_000_000 };
        var count = Libc.EpollWait2(_epoll, events, EventsMax, &timeout, null);
        if (count >= 0 || Marshal.GetLastPInvokeError() != Libc.NotImplemented)
            return count;
        // An older kernel: whole milliseconds, and turning round for the rest.
        _exact = false;
        return 0;
    }

    private void Control(int operation, int fd, int index, uint wanted)
    {
        var epollEvent = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(epollEvent, 4), wanted);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(epollEvent + EventBytes - 8, 8), index);
        if (Libc.EpollControl(_epoll, operation, fd, epollEvent) != 0)
            throw new LoadException($"epoll_ctl failed: error {Marshal.GetLastPInvokeError()}");
    }
}
