using System.Net;
using System.Net.WebSockets;
using Grains.Client;
using Grains.Gateway.Authentication;
using Grains.Tests.Hosting;

namespace Grains.Tests.Authentication;

public sealed class AuthenticationTests
{
    private static readonly string Token = SecretHash.NewSecret();
    private static readonly string Key = SecretHash.NewSecret();

    [Theory]
    [InlineData("Authorization", "Bearer {token}")]
    [InlineData("Authorization", "{token}")]
    [InlineData("X-API-Key", "{key}")]
    public async Task The_right_header_opens_the_door(string header, string value)
    {
        await using var server = await StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader(header, Fill(value));

        await socket.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);
        await SendAsync(socket, """{"role":"rpc","u":"1","cmds":[{"name":"c","fun":"echo","args":["hi"]}]}""");

        Assert.Contains("\"hi\"", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer wrong")]
    [InlineData("Authorization", "Bearer {key}")]
    [InlineData("X-API-Key", "{token}")]
    public async Task A_wrong_header_is_refused_with_401(string header, string value)
    {
        await using var server = await StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader(header, Fill(value));
        socket.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(server.Ws, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_request_before_authentication_is_answered_with_an_error_and_the_connection_is_closed()
    {
        await using var server = await StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);

        await SendAsync(socket, """{"role":"rpc","u":"1","cmds":[{"name":"c","fun":"echo","args":["hi"]}]}""");

        Assert.Contains("1301", await ReceiveAsync(socket), StringComparison.Ordinal);
        Assert.Equal("", await ReceiveAsync(socket));
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.CloseStatus);
    }

    [Theory]
    [InlineData("https://evil.example.com", false)]
    [InlineData("http://localhost:3000", true)]
    public async Task A_page_of_a_foreign_origin_is_refused_with_403(string origin, bool allowed)
    {
        await using var server = await TestServer.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;
        var connecting = socket.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);

        if (allowed)
            await connecting;
        else
            await Assert.ThrowsAsync<WebSocketException>(() => connecting);

        Assert.Equal(allowed ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("wss")]
    [InlineData("tcp")]
    [InlineData("tcps")]
    public async Task The_NET_client_authenticates_over_every_scheme(string scheme)
    {
        await using var server = await StartAsync();
        await using var client = await GrainsClient.ConnectAsync(
            new GrainsClientOptions(server.AddressOf(scheme).ToString())
            {
                BearerToken = Token,
                Tls = new GrainsClientTlsOptions { TrustedAuthorities = [TestServer.Certificate] },
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("hi", await client.Functions.CallAsync<string>("echo", "hi"));
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public async Task The_NET_client_is_told_when_its_credentials_are_wrong(string scheme)
    {
        await using var server = await StartAsync();

        var error = await Assert.ThrowsAsync<GrainsException>(() => GrainsClient.ConnectAsync(
            new GrainsClientOptions(server.AddressOf(scheme).ToString()) { ApiKey = Token }, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.Unauthorized, error.Code);
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(
        new Dictionary<string, string> { ["Authentication:Tokens:web"] = SecretHash.Of(Token), ["Authentication:ApiKeys:batch"] = SecretHash.Of(Key) },
        tls: true);

    private static string Fill(string value) => value.Replace("{token}", Token, StringComparison.Ordinal).Replace("{key}", Key, StringComparison.Ordinal);

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
