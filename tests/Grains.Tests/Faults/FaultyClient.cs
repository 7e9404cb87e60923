using System.Net;
using System.Text.Json;
using Grains.Tests.Hosting;

namespace Grains.Tests.Faults;

/// <summary>A client of a test server over <c>ws</c> or <c>tcp</c> with a proxy of its own in between, so that its connection can be cut
/// at a byte of the test's choice; it then connects anew.</summary>
public sealed class FaultyClient : IAsyncDisposable
{
    private readonly CuttingProxy _proxy;

    private FaultyClient(TestServer server, string transport, LinkPlan plan)
    {
        Transport = transport;
        _proxy = new CuttingProxy(new IPEndPoint(IPAddress.Loopback, server.AddressOf(transport).Port), _ => plan);
    }

    public string Transport { get; }

    /// <summary>The present connection's session.</summary>
    public WireSession Session { get; private set; } = null!;

    /// <summary>The present connection's way through the proxy; once it has brought an answer.</summary>
    public ProxyLink Link => _proxy.Links[_proxy.Links.Count - 1];

    public static async Task<FaultyClient> ConnectAsync(TestServer server, string transport, LinkPlan? plan = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var client = new FaultyClient(server, transport, plan ?? LinkPlan.Transparent);
        await client.ConnectAsync();
        return client;
    }

    /// <summary>So many clients, over both transports in turn.</summary>
    public static async Task<FaultyClient[]> ConnectAsync(TestServer server, int count)
    {
        var clients = new FaultyClient[count];
        for (var i = 0; i < count; i++)
            clients[i] = await ConnectAsync(server, i % 2 == 0 ? "tcp" : "ws");
        return clients;
    }

    /// <summary>Null when the connection was cut before the answer: the outcome is unknown.</summary>
    public async Task<JsonElement?> TryRequestAsync(string members)
    {
        try
        {
            return await Session.RequestAsync(members);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Gives the present connection up and makes another, on which the server answers.</summary>
    public async Task ConnectAsync()
    {
        if (Session is not null)
            await Session.DisposeAsync();
        var cancellationToken = TestContext.Current.CancellationToken;
        Session = new WireSession(Transport == "tcp"
            ? await RawTcpClient.ConnectAsync(_proxy.EndPoint, cancellationToken: cancellationToken)
            : await RawWsClient.ConnectAsync(new Uri($"ws://{_proxy.EndPoint}/"), cancellationToken));
        var hello = await Session.RequestAsync("\"role\":\"hello\"", cancellationToken);
        Assert.Equal("grains", hello.GetProperty("server").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await _proxy.DisposeAsync();
    }
}
