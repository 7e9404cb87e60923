using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>Accepts with the platform's own socket; the connections go to the loops in turn.</summary>
internal sealed class EpollListener(Socket socket, Func<EpollLoop> nextLoop) : IConnectionListener
{
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken);
                accepted.NoDelay = true;
                return new EpollConnection(accepted, nextLoop());
            }
            catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                // The peer was gone before it was let in.
                accepted?.Dispose();
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
