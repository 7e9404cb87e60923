using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Grains.Benchmarks.Peers;

/// <summary>What a server on Kestrel can reach at most: it sends back what it is sent, over TCP, through ASP.NET Core's WebSocket (<c>/</c>) and in
/// WebSocket frames on the upgraded stream (<see cref="RawPath"/>).</summary>
internal static class EchoServer
{
    public const string CommandName = "echo-server";
    public const string RawPath = "/raw";

    public static async Task RunAsync(int tcpPort, int httpPort)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, tcpPort, static listen => listen.UseConnectionHandler<TcpEcho>());
            kestrel.Listen(IPAddress.Loopback, httpPort, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        await using var app = builder.Build();
        app.UseWebSockets();
        app.Map("/", WebSocketEcho.RunAsync);
        app.Map(RawPath, RawWebSocketEcho.RunAsync);
        await app.RunAsync();
    }
}
