using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// A transport for Kestrel on Linux: a few threads that read, run and answer what has come without handing it to others. The
/// platform's own asynchronous sockets cost twice the time a request.
/// </summary>
public sealed class EpollTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly Func<EndPoint, Socket> _bind;
    private readonly EpollThreads _threads;

    /// <param name="loops">Threads at most; the first serves all, others when they do more together.</param>
    /// <param name="bind">Makes the listening socket, bound.</param>
    public EpollTransportFactory(int loops, Func<EndPoint, Socket> bind)
    {
        _threads = new EpollThreads(loops);
        _bind = bind;
    }

    /// <summary>Whether this platform has what it needs.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Internet addresses; others are the platform's.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = _bind(endpoint);
        try
        {
            socket.Listen(512);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(error.Message, error);
        }

        return new(new EpollListener(socket, _threads.NextLoop));
    }

    public void Dispose() => _threads.Dispose();
}
