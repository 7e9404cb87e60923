using System.Net;
using System.Net.Sockets;
using Grains.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Hosting;

/// <summary>Nothing listens that nobody has asked for. The framework's own default, localhost:5000, is held by the test, so that whoever wants it
/// too does not start.</summary>
public sealed class ListenerTests : IDisposable
{
    private readonly List<TcpListener> _held = [];

    public ListenerTests()
    {
        Hold(IPAddress.Loopback);
        Hold(IPAddress.IPv6Loopback);
    }

    [Fact]
    public async Task A_server_without_TCP_listens_where_its_HTTP_setting_says_and_nowhere_else()
    {
        await using var server = await TestServer.StartAsync(new Dictionary<string, string> { ["Listen:Tcp"] = "off", ["Listen:Tcps"] = "off" });
        using var http = new HttpClient { BaseAddress = server.AddressOf("http") };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Empty(UrlsOf(server.Services));
    }

    [Fact]
    public async Task A_program_that_only_adds_the_grains_listens_where_its_own_Urls_say_and_nowhere_else()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = ["--urls", "http://127.0.0.1:0"] });
        builder.Logging.ClearProviders();
        builder.AddGrains();
        await using var app = builder.Build();
        app.MapGrains("/grains");
        app.MapHealthChecks("/health/ready");

        await app.StartAsync(TestContext.Current.CancellationToken);

        using var http = new HttpClient { BaseAddress = new Uri(Assert.Single(app.Urls)) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Empty(UrlsOf(app.Services));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _held.ForEach(listener => listener.Dispose());

    private static IEnumerable<string> UrlsOf(IServiceProvider services) => services.GetServices<IHostedService>().OfType<GrainsService>().Single().Urls;

    private void Hold(IPAddress address)
    {
        var listener = new TcpListener(address, 5000) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            _held.Add(listener);
        }
        catch (SocketException)
        {
            // Somebody else holds it, or this machine has no such address.
            listener.Dispose();
        }
    }
}
