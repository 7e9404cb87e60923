using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>The system calls of Linux that the loop makes: epoll(7), eventfd(2), recv(2), send(2), shutdown(2).</summary>
internal static unsafe partial class Libc
{
    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;
    public const uint ReadHangUp = 0x2000;
    public const uint EdgeTriggered = 0x8000_0000;
    public const int Add = 1;
    public const int Remove = 2;
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int Peek = 0x2;
    public const int Interrupted = 4;
    public const int Again = 11;
    public const int BothWays = 2;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    /// <summary>Bytes of an <c>epoll_event</c>: packed on x86, aligned elsewhere.</summary>
    public static readonly int EventBytes = IsPacked ? 12 : 16;

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    public static void WriteEvent(Span<byte> place, uint events, ulong data)
    {
        MemoryMarshal.Write(place, events);
        MemoryMarshal.Write(place[(EventBytes - sizeof(ulong))..], data);
    }

    public static (uint Events, ulong Data) ReadEvent(ReadOnlySpan<byte> place) =>
        (MemoryMarshal.Read<uint>(place), MemoryMarshal.Read<ulong>(place[(EventBytes - sizeof(ulong))..]));

    /// <exception cref="Win32Exception">The call has failed.</exception>
    public static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    /// <summary>Has an epoll tell of a descriptor's events, with these data.</summary>
    public static void Register(int epoll, int descriptor, uint events, ulong data)
    {
        Span<byte> @event = stackalloc byte[16];
        WriteEvent(@event, events, data);
        fixed (byte* place = @event)
            Check(EpollControl(epoll, Add, descriptor, place));
    }

    /// <summary>Waits until a descriptor of an epoll has something.</summary>
    /// <returns>How many have; 0 also when a signal has ended the wait.</returns>
    public static int Wait(int epoll, byte[] events, int timeoutMs)
    {
        int count;
        fixed (byte* first = events)
            count = EpollWait(epoll, first, events.Length / EventBytes, timeoutMs);
        return count >= 0 ? count : Marshal.GetLastPInvokeError() == Interrupted ? 0 : Check(count);
    }

    /// <summary>Makes an eventfd readable.</summary>
    public static void Signal(int eventFd)
    {
        var one = 1UL;
        Write(eventFd, (byte*)&one, sizeof(ulong));
    }

    /// <summary>Takes what <see cref="Signal"/> has done.</summary>
    public static void Drain(int eventFd)
    {
        ulong value;
        Read(eventFd, (byte*)&value, sizeof(ulong));
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* @event);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* buffer, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* buffer, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);
}
