using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// A transport for Kestrel on Linux: a few loops, each a thread that reads, runs and answers what has come without handing it to another one. The
/// platform's own asynchronous sockets cost twice the time a request.
/// </summary>
public sealed class EpollTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<EndPoint, Socket> _bind;
    private readonly EpollLoop?[] _loops;
    private int _next;
    private bool _disposed;

    /// <param name="loops">Threads; they start with the first connection.</param>
    /// <param name="bind">Makes the listening socket, bound.</param>
    public EpollTransportFactory(int loops, Func<EndPoint, Socket> bind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(loops, 1);
        _loops = new EpollLoop?[loops];
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

        return new(new EpollListener(socket, NextLoop));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var loop in _loops)
                loop?.Dispose();
        }
    }

    private EpollLoop NextLoop()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _next = (_next + 1) % _loops.Length;
            return _loops[_next] ??= new EpollLoop(string.Create(CultureInfo.InvariantCulture, $"grains-epoll-{_next}"));
        }
    }
}
