using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Grains.Gateway.Transports.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using KestrelListenOptions = Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions;

namespace Grains.Gateway.Hosting;

/// <summary>
/// The listeners that speak no HTTP, on a Kestrel of their own: an application that hosts the grains keeps the web addresses it has (endpoints
/// added to its own Kestrel would replace them), and TLS, accept loops and shutdown are Kestrel's. Sockets have keep-alive, which finds dead peers.
/// Without endpoints nothing is started: a Kestrel that was told of none would listen on localhost:5000.
/// </summary>
public sealed class TcpListeners : IDisposable
{
    private readonly KestrelServer _server;
    private readonly List<KestrelListenOptions> _listening = [];

    /// <param name="services">What Kestrel's own parts are taken from.</param>
    /// <param name="logging">Where Kestrel logs.</param>
    /// <param name="tls">The certificate; read only when an endpoint wants it.</param>
    /// <param name="endPoints">Where to listen, whether with TLS, and who handles a connection.</param>
    public TcpListeners(
        IServiceProvider services, ILoggerFactory logging, TlsOptions tls,
        IEnumerable<(IPEndPoint EndPoint, bool Tls, Func<ConnectionContext, Task> Handler)> endPoints)
    {
        ArgumentNullException.ThrowIfNull(tls);
        ArgumentNullException.ThrowIfNull(endPoints);
        var options = new KestrelServerOptions { ApplicationServices = services };
        foreach (var (endPoint, secure, handler) in endPoints)
            options.Listen(endPoint, listen => Configure(listen, secure ? tls : null, handler));
        IConnectionListenerFactory transport = services.GetRequiredService<GrainsSettings>().Transport.UsesEpoll
            ? services.GetRequiredService<EpollTransportFactory>()
            : new SocketTransportFactory(Options.Create(new SocketTransportOptions { NoDelay = true, CreateBoundListenSocket = Bind }), logging);
        _server = new KestrelServer(Options.Create(options), transport, logging);
    }

    /// <summary>The addresses in use, in the order given; after start a port that was 0 is the real one.</summary>
    public IEnumerable<IPEndPoint> EndPoints => _listening.Select(listen => listen.IPEndPoint!);

    public Task StartAsync(CancellationToken cancellationToken) =>
        _listening.Count == 0 ? Task.CompletedTask : _server.StartAsync(new NoHttp(), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) =>
        _listening.Count == 0 ? Task.CompletedTask : _server.StopAsync(cancellationToken);

    public void Dispose() => _server.Dispose();

    private void Configure(KestrelListenOptions listen, TlsOptions? tls, Func<ConnectionContext, Task> handler)
    {
        _listening.Add(listen);
        if (tls is not null)
            listen.UseHttps(HttpsOptions(tls));
        listen.Use(_ => new ConnectionDelegate(handler));
    }

    /// <summary>What every TLS listener uses: the certificate with its chain, TLS 1.2 or later.</summary>
    internal static HttpsConnectionAdapterOptions HttpsOptions(TlsOptions tls)
    {
        var (certificate, chain) = tls.Load();
        return new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate,
            ServerCertificateChain = chain,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }

    /// <summary>Accepted sockets inherit the listening socket's keep-alive: a first probe after 30 s of silence, dead after 3 more, 10 s
    /// apart.</summary>
    internal static Socket Bind(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        return socket;
    }

    /// <summary>Kestrel wants an application; no request ever reaches it, since each endpoint ends in its own handler.</summary>
    private sealed class NoHttp : IHttpApplication<int>
    {
        public int CreateContext(IFeatureCollection contextFeatures) => 0;

        public Task ProcessRequestAsync(int context) => Task.CompletedTask;

        public void DisposeContext(int context, Exception? exception)
        {
        }
    }
}
