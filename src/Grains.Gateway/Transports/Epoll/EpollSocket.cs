using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>A connected socket of a loop. Reads and writes are one at a time each, from any thread.</summary>
internal sealed unsafe class EpollSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly int _slot;
    private int _closed;
    private int _endTold;
    private volatile bool _hasEnded;

    /// <param name="socket">Owned from now on.</param>
    /// <param name="loop">Whose thread waits for it.</param>
    public EpollSocket(Socket socket, EpollLoop loop)
    {
        _socket = socket;
        _handle = socket.SafeHandle;
        Loop = loop;
        Descriptor = (int)_handle.DangerousGetHandle();
        Reading = new SocketDirection(this, reads: true);
        Writing = new SocketDirection(this, reads: false);
        _slot = loop.Add(this);
    }

    public EpollLoop Loop { get; }

    public int Descriptor { get; }

    public SocketDirection Reading { get; }

    public SocketDirection Writing { get; }

    /// <summary>Called once when the peer has ended its half, or all of it, on the thread that noticed.</summary>
    public Action? OnEnded { get; set; }

    /// <summary>What waited for the socket goes on in the loop's own thread: for code that never blocks.</summary>
    public bool RunsInline { get; set; }

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>The peer has ended its half: after what has come there is the end.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>The loop's events.</summary>
    public void Happened(uint events)
    {
        const uint Over = Libc.ReadHangUp | Libc.HangUp | Libc.Error;
        if ((events & Over) != 0)
            _hasEnded = true;
        if ((events & (Libc.HangUp | Libc.Error)) != 0)
            Ended();
        if ((events & (Libc.In | Over)) != 0)
            Reading.Happened();
        if ((events & (Libc.Out | Libc.HangUp | Libc.Error)) != 0)
            Writing.Happened();
    }

    public void Ended()
    {
        if (Interlocked.Exchange(ref _endTold, 1) == 0)
            OnEnded?.Invoke();
    }

    public nint Receive(byte* buffer, int count, int flags)
    {
        var held = false;
        try
        {
            Hold(ref held);
            nint result;
            do
                result = Libc.Receive(Descriptor, buffer, count, flags | Libc.DontWait);
            while (result < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted);
            return result;
        }
        finally
        {
            if (held)
                _handle.DangerousRelease();
        }
    }

    public nint Send(byte* buffer, int count)
    {
        var held = false;
        try
        {
            Hold(ref held);
            nint result;
            do
                result = Libc.Send(Descriptor, buffer, count, Libc.DontWait | Libc.NoSignal);
            while (result < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted);
            return result;
        }
        finally
        {
            if (held)
                _handle.DangerousRelease();
        }
    }

    /// <summary>Cuts both directions: who waits finds the end.</summary>
    public void Abort()
    {
        var held = false;
        try
        {
            Hold(ref held);
            Libc.Shutdown(Descriptor, Libc.BothWays);
        }
        catch (IOException)
        {
            // It is closed already.
        }
        finally
        {
            if (held)
                _handle.DangerousRelease();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        Loop.Remove(_slot, Descriptor);
        Reading.Close();
        Writing.Close();
        _socket.Dispose();
    }

    /// <summary>The descriptor stays this socket's until it is released, so that no other one is read or written by mistake.</summary>
    private void Hold(ref bool held)
    {
        try
        {
            _handle.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException error)
        {
            throw new IOException("The connection has been closed.", error);
        }
    }
}
