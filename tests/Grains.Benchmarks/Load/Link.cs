using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>
/// One TCP connection of the driver. It begins blocking, for greetings and preparations; <see cref="LoadLoop.Add"/> makes it non-blocking, and from
/// then on what the socket does not take at once is kept and sent when there is room.
/// </summary>
internal sealed unsafe class Link : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly int _fd;
    private Poller? _poller;
    private int _index;
    private byte[] _rest = [];
    private int _restBytes;
    private byte[] _unsent = [];
    private int _unsentStart;
    private int _unsentEnd;

    private Link(Socket socket)
    {
        _socket = socket;
        _fd = (int)socket.Handle;
    }

    /// <summary>Bytes that wait for room in the socket.</summary>
    public int UnsentBytes => _unsentEnd - _unsentStart;

    public static Link Connect(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(endPoint);
            socket.SendTimeout = socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            return new Link(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Blocking: sends, and reads until as many replies have come.</summary>
    public void Exchange(ReadOnlySpan<byte> requests, ReplyScanner scanner, int replies)
    {
        SendAll(requests);
        var buffer = new byte[64 * 1024];
        var unread = 0;
        while (replies > 0)
        {
            unread += ReceiveSome(buffer.AsSpan(unread));
            replies -= scanner.Scan(buffer.AsSpan(0, unread), out var consumed);
            buffer.AsSpan(consumed, unread - consumed).CopyTo(buffer);
            unread -= consumed;
        }

        if (unread > 0 || replies < 0)
            throw new LoadException("The server sent more than was asked for.");
    }

    /// <summary>Blocking: sends everything.</summary>
    public void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Blocking: reads what has come, at least one byte.</summary>
    public int ReceiveSome(Span<byte> buffer)
    {
        var count = _socket.Receive(buffer);
        return count > 0 ? count : throw new LoadException("The server closed the connection.");
    }

    public void BeginPolling(Poller poller, int index)
    {
        _poller = poller;
        _index = index;
        _socket.Blocking = false;
        poller.Add(_fd, index);
    }

    /// <summary>Sends, or keeps what the socket does not take.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (UnsentBytes == 0)
            bytes = bytes[SendNow(bytes)..];
        if (bytes.Length > 0)
            Keep(bytes);
    }

    /// <summary>There is room in the socket again.</summary>
    public void SendUnsent()
    {
        _unsentStart += SendNow(_unsent.AsSpan(_unsentStart, UnsentBytes));
        if (UnsentBytes > 0)
            return;
        _unsentStart = _unsentEnd = 0;
        _poller!.Modify(_fd, _index, writes: false);
    }

    /// <summary>Reads what there is behind what <see cref="KeepRest"/> kept.</summary>
    /// <returns>How many bytes of the buffer are filled; 0 when nothing new has come.</returns>
    public int Receive(Span<byte> buffer)
    {
        _rest.AsSpan(0, _restBytes).CopyTo(buffer);
        nint count;
        fixed (byte* free = buffer[_restBytes..])
            count = Libc.Receive(_fd, free, buffer.Length - _restBytes, 0);
        if (count > 0)
            return _restBytes + (int)count;
        if (count == 0)
            throw new LoadException("The server closed the connection.");
        var error = Marshal.GetLastPInvokeError();
        return error is Libc.TryAgain or Libc.Interrupted ? 0 : throw new LoadException($"The server cut the connection: error {error}.");
    }

    /// <summary>Bytes that were read before and are part of what <see cref="Receive"/> gave.</summary>
    public int RestBytes => _restBytes;

    /// <summary>The beginning of a reply whose end has not come.</summary>
    public void KeepRest(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _rest.Length)
            _rest = new byte[Math.Max(rest.Length, 1_024)];
        rest.CopyTo(_rest);
        _restBytes = rest.Length;
    }

    public void Dispose() => _socket.Dispose();

    private int SendNow(ReadOnlySpan<byte> bytes)
    {
        nint count;
        fixed (byte* start = bytes)
            count = Libc.Send(_fd, start, bytes.Length, Libc.NoSignal);
        if (count >= 0)
            return (int)count;
        var error = Marshal.GetLastPInvokeError();
        return error is Libc.TryAgain or Libc.Interrupted ? 0 : throw new LoadException($"The server cut the connection: error {error}.");
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (UnsentBytes == 0)
            _poller!.Modify(_fd, _index, writes: true);
        if (_unsentEnd + bytes.Length > _unsent.Length)
        {
            var larger = new byte[Math.Max(2 * (UnsentBytes + bytes.Length), 64 * 1024)];
            _unsent.AsSpan(_unsentStart, UnsentBytes).CopyTo(larger);
            (_unsent, _unsentStart, _unsentEnd) = (larger, 0, UnsentBytes);
        }

        bytes.CopyTo(_unsent.AsSpan(_unsentEnd));
        _unsentEnd += bytes.Length;
    }
}
