using System.Net;
using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports.Tcp;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Hosting;

/// <summary>
/// The front door's life: opens the listeners that are not HTTP, says what there is once everything listens, and when the program stops says
/// goodbye, lets running calls finish for a while, and closes. Stopping begins with the program's own, before its web server waits for connections
/// to end.
/// </summary>
public sealed partial class GrainsService : IHostedService, IDisposable
{
    private readonly IServiceProvider _services;
    private readonly GrainsSettings _settings;
    private readonly ConnectionRunner _runner;
    private readonly IEngine _engine;
    private readonly ILogger<GrainsService> _logger;
    private readonly TcpListeners _listeners;
    private readonly List<string> _schemes = [];
    private Task _stopping = Task.CompletedTask;

    public GrainsService(
        IServiceProvider services, GrainsSettings settings, ConnectionRunner runner, IEngine engine, ProtocolCatalogue protocols,
        IHostApplicationLifetime lifetime, ILoggerFactory logging)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(protocols);
        ArgumentNullException.ThrowIfNull(lifetime);
        _services = services;
        _settings = settings;
        _runner = runner;
        _engine = engine;
        _logger = logging.CreateLogger<GrainsService>();
        _listeners = new TcpListeners(services, logging, settings.Tls,
            EndPoints(settings.Listen, new LengthPrefixConnectionHandler(runner, protocols.Native)));
        lifetime.ApplicationStarted.Register(Announce);
        lifetime.ApplicationStopping.Register(() => _stopping = StopConnectionsAsync());
    }

    /// <summary>The addresses of the listeners that are not HTTP, as URLs; after start with their real ports.</summary>
    public IEnumerable<string> Urls => _schemes.Zip(_listeners.EndPoints, (scheme, endPoint) => $"{scheme}://{endPoint}");

    public Task StartAsync(CancellationToken cancellationToken) => _listeners.StartAsync(cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping;
        await _listeners.StopAsync(cancellationToken);
        // Those that have left their web server are nobody else's to wait for.
        await _runner.WhenEndedAsync(cancellationToken);
    }

    public void Dispose() => _listeners.Dispose();

    private List<(IPEndPoint, bool, Func<ConnectionContext, Task>)> EndPoints(ListenOptions listen, LengthPrefixConnectionHandler handler)
    {
        var endPoints = new List<(IPEndPoint, bool, Func<ConnectionContext, Task>)>();
        foreach (var (value, scheme) in new[] { (listen.Tcp, "tcp"), (listen.Tcps, "tcps") })
        {
            if (!ListenOptions.TryParse(value, out var endPoint, out _))
                continue;
            endPoints.Add((endPoint, scheme == "tcps", handler.OnConnectedAsync));
            _schemes.Add(scheme);
        }

        return endPoints;
    }

    private void Announce()
    {
        var web = _services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        Log.Started(_logger, FrontDoor.Version, _engine.Name, _engine.Storage, _settings.Authentication.IsOn ? "required" : "off");
        foreach (var url in web.Select(WebSocketUrl).Concat(Urls))
            Log.Listening(_logger, url);
    }

    /// <summary><c>http</c> becomes <c>ws</c>, <c>https</c> <c>wss</c>.</summary>
    private static string WebSocketUrl(string address) => address.StartsWith("http", StringComparison.Ordinal) ? "ws" + address[4..] : address;

    private async Task StopConnectionsAsync()
    {
        Log.Stopping(_logger, _runner.Count);
        using var limit = new CancellationTokenSource(_settings.Grains.ShutdownTimeout);
        await _runner.StopAsync(limit.Token);
    }

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Information, "Grains {Version}: engine {Engine}, storage {Storage}, authentication {Authentication}")]
        public static partial void Started(ILogger logger, string version, string engine, string storage, string authentication);

        [LoggerMessage(201, LogLevel.Information, "Listening on {Url}")]
        public static partial void Listening(ILogger logger, string url);

        [LoggerMessage(202, LogLevel.Information, "Stopping; {Connections} connections are open")]
        public static partial void Stopping(ILogger logger, int connections);
    }
}
