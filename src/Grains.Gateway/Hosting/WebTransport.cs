using System.Net;
using Grains.Gateway.Transports.Epoll;
using Microsoft.AspNetCore.Connections;

namespace Grains.Gateway.Hosting;

/// <summary>Gives the server's web addresses to the epoll transport where the settings say so; otherwise Kestrel's own binds them.</summary>
internal sealed class WebTransport(GrainsSettings settings, EpollTransportFactory epoll)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => settings.Transport.UsesEpoll && epoll.CanBind(endpoint);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        epoll.BindAsync(endpoint, cancellationToken);
}
