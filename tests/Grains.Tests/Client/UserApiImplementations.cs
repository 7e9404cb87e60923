using Grains.Client;
using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>The user of a server over each wire, and by a pool.</summary>
internal static class Users
{
    public static async ValueTask<IGrains> ConnectAsync(TestServer server, string scheme)
    {
        var options = new GrainsClientOptions(server.AddressOf(scheme).ToString())
        {
            Tls = new GrainsClientTlsOptions { TrustedAuthorities = [TestServer.Certificate] },
        };
        return await GrainsClient.ConnectAsync(options, TestContext.Current.CancellationToken);
    }
}

public sealed class CacheApiOverWebSocketTests : CacheApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "ws");
}

public sealed class CacheApiOverTcpTests : CacheApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "tcp");
}

public sealed class CacheApiOfAPoolTests : CacheApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) =>
        new(new GrainsClientPool(new GrainsClientPoolOptions(new GrainsClientOptions(server.Tcp.ToString())) { Size = 2 }));
}

public sealed class TopicApiOverSecureWebSocketTests : TopicApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "wss");
}

public sealed class TopicApiOverTcpTests : TopicApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "tcp");
}

public sealed class FunctionApiOverWebSocketTests : FunctionApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "ws");
}

public sealed class FunctionApiOverSecureTcpTests : FunctionApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => Users.ConnectAsync(server, "tcps");
}
