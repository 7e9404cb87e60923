using System.Runtime.InteropServices;

namespace Grains.Benchmarks.Load;

/// <summary>The system calls of the driver. .NET's own sockets would do, but then the client would cost more than some of the servers.</summary>
internal static unsafe partial class Libc
{
    public const int TryAgain = 11;
    public const int Interrupted = 4;
    public const int NotImplemented = 38;

    public const int EpollAdd = 1;
    public const int EpollModify = 3;
    public const uint EpollIn = 0x001;
    public const uint EpollOut = 0x004;

    /// <summary>No SIGPIPE when the peer has gone.</summary>
    public const int NoSignal = 0x4000;

    public const int SetTimerSlack = 29;
    public const int ClockTicksPerSecond = 2;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int eventsMax, int timeoutMs);

    /// <summary>Linux 5.11 and later: the timeout is in nanoseconds.</summary>
    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    public static partial int EpollWait2(int epoll, byte* events, int eventsMax, Timespec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "prctl")]
    public static partial int Control(int option, ulong value, ulong value3, ulong value4, ulong value5);

    [LibraryImport("libc", EntryPoint = "sysconf")]
    public static partial long Configuration(int name);

    /// <summary>Seconds and nanoseconds.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
