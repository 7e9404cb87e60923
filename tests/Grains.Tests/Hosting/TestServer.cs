using System.Security.Cryptography.X509Certificates;
using Grains.Functions;
using Grains.Gateway.Connections;
using Grains.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Hosting;

/// <summary>
/// The real server in the test's process: real sockets on loopback, ports that the system chooses, settings as a configuration file would give
/// them, and a clock that stands until it is advanced when the test asks for one.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, ManualTime? time)
    {
        _app = app;
        Time = time;
    }

    /// <summary>Null when the server runs on the system's clock.</summary>
    public ManualTime? Time { get; }

    public IServiceProvider Services => _app.Services;

    public IGrains Grains => Services.GetRequiredService<IGrains>();

    public ConnectionRunner Runner => Services.GetRequiredService<ConnectionRunner>();

    public Uri Ws => AddressOf("ws");

    public Uri Tcp => AddressOf("tcp");

    /// <summary>What <c>wss</c> and <c>tcps</c> show: self-signed, for localhost and 127.0.0.1.</summary>
    public static X509Certificate2 Certificate => TestCertificate.Certificate;

    /// <param name="settings">Below <c>Grains:</c>, for example <c>Limits:ConnectionsMax</c>.</param>
    /// <param name="manualTime">The server's clock stands until it is advanced.</param>
    /// <param name="tls">Serve <c>wss</c> and <c>tcps</c> too.</param>
    /// <param name="functions">Functions of the test.</param>
    /// <param name="configure">What else the program adds.</param>
    public static async Task<TestServer> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null,
        bool manualTime = false,
        bool tls = false,
        Action<GrainsBuilder>? functions = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var values = new Dictionary<string, string?>
        {
            ["Grains:Listen:Http"] = "127.0.0.1:0",
            ["Grains:Listen:Tcp"] = "127.0.0.1:0",
            ["Grains:Listen:Https"] = tls ? "127.0.0.1:0" : "off",
            ["Grains:Listen:Tcps"] = tls ? "127.0.0.1:0" : "off",
            ["Grains:Tls:Certificate"] = tls ? TestCertificate.PemFile : null,
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            values["Grains:" + name] = value;
        builder.Configuration.AddInMemoryCollection(values.Where(pair => pair.Value is not null));
        builder.Services.AddRoutingCore();
        var time = manualTime ? new ManualTime() : null;
        if (time is not null)
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
        var grains = builder.AddGrains();
        functions?.Invoke(grains);
        builder.AddGrainsListeners();
        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseRouting();
        app.MapGrains("/");
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        await app.StartAsync();
        return new TestServer(app, time);
    }

    /// <summary>The address for a scheme: <c>ws</c>, <c>wss</c>, <c>tcp</c>, <c>tcps</c>, <c>http</c>, <c>https</c>.</summary>
    public Uri AddressOf(string scheme)
    {
        if (scheme is "tcp" or "tcps")
            return new Uri(Services.GetServices<IHostedService>().OfType<GrainsService>().Single().Urls.Single(url => url.StartsWith(scheme + ":", StringComparison.Ordinal)));
        var web = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var http = scheme is "ws" or "http" ? "http:" : "https:";
        var address = new Uri(web.Single(url => url.StartsWith(http, StringComparison.Ordinal)));
        return new UriBuilder(address) { Scheme = scheme }.Uri;
    }

    /// <summary>Stops as the program does when it is told to.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
