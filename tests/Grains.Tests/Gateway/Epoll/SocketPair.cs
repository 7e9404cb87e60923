using System.Net;
using System.Net.Sockets;
using Grains.Gateway.Transports.Epoll;

namespace Grains.Tests.Gateway.Epoll;

/// <summary>A socket of a loop and the platform's socket at its other end, over loopback.</summary>
internal sealed class SocketPair : IDisposable
{
    private readonly EpollThreads? _threads;

    private SocketPair(Socket peer, EpollSocket socket, EpollLoop loop, EpollThreads? threads, TaskCompletionSource ended)
    {
        Peer = peer;
        Socket = socket;
        Loop = loop;
        _threads = threads;
        Ended = ended.Task;
        Stream = new EpollStream(socket);
    }

    public Socket Peer { get; }

    public EpollSocket Socket { get; }

    public EpollLoop Loop { get; }

    public EpollStream Stream { get; }

    /// <summary>The socket has told that the peer has ended.</summary>
    public Task Ended { get; }

    public static async Task<SocketPair> ConnectAsync(EpollLoop? loop = null, bool inline = false)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(listener.LocalEndPoint!);
        var accepted = await listener.AcceptAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var threads = loop is null ? new EpollThreads(1) : null;
        var used = loop ?? threads!.NextLoop();
        return new SocketPair(peer, new EpollSocket(accepted, used) { OnEnded = ended.SetResult, RunsInline = inline }, used, threads, ended);
    }

    public void Dispose()
    {
        Socket.Dispose();
        Peer.Dispose();
        _threads?.Dispose();
    }
}
