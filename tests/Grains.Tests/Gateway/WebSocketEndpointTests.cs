using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Grains.Functions;
using Grains.Connections;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Native;
using Grains.Gateway.Transports.Tcp;
using Grains.Gateway.Transports.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grains.Tests.Gateway;

/// <summary>The transports on a real Kestrel, with the framework's own WebSocket client.</summary>
public sealed class WebSocketEndpointTests : IAsyncLifetime
{
    private const string Rpc = """{"role":"rpc","u":"1","cmds":[]}""";

    private readonly ConnectionTable _table = new();
    private WebApplication? _app;
    private ConnectionRunner? _runner;
    private Uri[] _addresses = [];

    private sealed class OneToken : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken) =>
            new(credentials.Token == "right" || credentials.ApiKey == "key" ? new AuthenticationResult("me") : AuthenticationResult.Refused);
    }

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var engine = new FakeEngine(_table, TimeProvider.System);
        _runner = new ConnectionRunner(new ConnectionServices(
            engine, _table, new GatewayLimits { MessageBytesMax = 4 * 1024 * 1024, ConnectionsMax = 3 }, new OneToken(), TimeProvider.System, NullLogger.Instance));
        var protocol = new NativeProtocol(new NativeOptions(new GraphRunner(engine, engine, TimeProvider.System, new FunctionOptions()), "0.0.0"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new LengthPrefixConnectionHandler(_runner, protocol));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<LengthPrefixConnectionHandler>());
        });
        _app = builder.Build();
        _app.Run(new WebSocketEndpoint(_runner, protocol, static (origin, _) => origin == "http://good").InvokeAsync);
        await _app.StartAsync(Patience);
        _addresses = [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];
    }

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _runner!.DisposeAsync();
    }

    [Fact]
    public async Task A_call_goes_both_ways_in_text()
    {
        using var socket = await ConnectAsync(("Authorization", "Bearer right"));
        Assert.Contains("\"u\":\"1\"", await AskAsync(socket, Rpc));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Patience);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task A_large_value_in_fragments_comes_back_whole()
    {
        using var socket = await ConnectAsync(("X-API-Key", "key"));
        var value = new string('v', 1_500_000);
        var put = Encoding.UTF8.GetBytes($$"""{"role":"cache-request","u":"p","operation":"put","key":{"namespace":"n","identifier":"k"},"value":"{{value}}"}""");
        await socket.SendAsync(put.AsMemory(0, 500_000), WebSocketMessageType.Binary, endOfMessage: false, Patience);
        await socket.SendAsync(put.AsMemory(500_000), WebSocketMessageType.Binary, endOfMessage: true, Patience);
        Assert.Contains(value, await ReadAsync(socket));
        Assert.Contains(value, await AskAsync(socket, """{"role":"cache-request","u":"g","operation":"get","key":{"namespace":"n","identifier":"k"}}"""));
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_closes_with_1007()
    {
        using var socket = await ConnectAsync(("Authorization", "right"));
        await socket.SendAsync(new byte[] { 0xFF }, WebSocketMessageType.Binary, endOfMessage: true, Patience);
        Assert.Equal(WebSocketCloseStatus.InvalidPayloadData, (await ReadCloseAsync(socket)).CloseStatus);
    }

    [Fact]
    public async Task A_message_past_the_limit_closes_with_1009()
    {
        using var socket = await ConnectAsync(("Authorization", "Bearer right"));
        await socket.SendAsync(new byte[(4 * 1024 * 1024) + 1], WebSocketMessageType.Text, endOfMessage: true, Patience);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, (await ReadCloseAsync(socket)).CloseStatus);
    }

    [Fact]
    public async Task Wrong_credentials_in_the_first_message_close_with_1008_after_the_answer()
    {
        using var socket = await ConnectAsync();
        Assert.Contains("1301", await AskAsync(socket, """{"role":"auth","u":"a","token":"wrong"}"""));
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, (await ReadCloseAsync(socket)).CloseStatus);
    }

    [Fact]
    public async Task Wrong_credentials_in_the_upgrade_are_401()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer wrong");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(WebSocketUri, Patience));
        Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Another_origin_is_403_and_the_right_one_is_let_in()
    {
        using var wrong = new ClientWebSocket();
        wrong.Options.SetRequestHeader("Origin", "http://evil");
        wrong.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => wrong.ConnectAsync(WebSocketUri, Patience));
        Assert.Equal(HttpStatusCode.Forbidden, wrong.HttpStatusCode);
        using var right = await ConnectAsync(("Origin", "http://good"), ("X-API-Key", "key"));
        Assert.Contains("\"u\":\"1\"", await AskAsync(right, Rpc));
    }

    [Fact]
    public async Task A_plain_request_is_told_to_upgrade()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(_addresses[0], Patience);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
        Assert.Contains("websocket", answer.Headers.Upgrade.ToString(), StringComparison.Ordinal);
        Assert.Contains("WebSocket", await answer.Content.ReadAsStringAsync(Patience), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_without_a_key_is_400()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _addresses[0].Port, Patience);
        await tcp.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"u8.ToArray(), Patience);
        using var reader = new StreamReader(tcp.GetStream());
        Assert.Equal("HTTP/1.1 400 Bad Request", await reader.ReadLineAsync(Patience));
    }

    [Fact]
    public async Task One_connection_more_than_may_be_is_503_and_over_TCP_an_error()
    {
        var open = new List<ClientWebSocket>();
        for (var i = 0; i < 3; i++)
        {
            open.Add(await ConnectAsync(("X-API-Key", "key")));
            await AskAsync(open[^1], Rpc);
        }

        using var refused = new ClientWebSocket();
        refused.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(WebSocketUri, Patience));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.HttpStatusCode);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _addresses[1].Port, Patience);
        Assert.Contains("1305", await ReadFrameAsync(tcp.GetStream()), StringComparison.Ordinal);
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Patience));
        open.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task TCP_frames_split_and_joined_are_answered()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _addresses[1].Port, Patience);
        var stream = tcp.GetStream();
        byte[] bytes = [.. Frames.Prefixed("""{"role":"auth","u":"a","token":"right"}"""), .. Frames.Prefixed(Rpc), .. Frames.Prefixed("PING")];
        await stream.WriteAsync(bytes.AsMemory(0, 2), Patience);
        await stream.WriteAsync(bytes.AsMemory(2, 30), Patience);
        await stream.WriteAsync(bytes.AsMemory(32), Patience);
        Assert.Contains("auth-ack", await ReadFrameAsync(stream), StringComparison.Ordinal);
        Assert.Contains("rpc-response", await ReadFrameAsync(stream), StringComparison.Ordinal);
        Assert.Equal("PONG", await ReadFrameAsync(stream));
    }

    [Fact]
    public async Task Bytes_that_are_not_JSON_over_TCP_are_answered_and_then_the_connection_ends()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _addresses[1].Port, Patience);
        await tcp.GetStream().WriteAsync(Frames.Prefixed("nonsense"), Patience);
        Assert.Contains("1002", await ReadFrameAsync(tcp.GetStream()), StringComparison.Ordinal);
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Patience));
    }

    [Fact]
    public async Task A_TCP_client_that_has_ended_its_half_is_still_answered()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _addresses[1].Port, Patience);
        var stream = tcp.GetStream();
        await stream.WriteAsync((byte[])[.. Frames.Prefixed("""{"role":"auth","u":"a","token":"right"}"""), .. Frames.Prefixed(Rpc)], Patience);
        tcp.Client.Shutdown(SocketShutdown.Send);
        Assert.Contains("auth-ack", await ReadFrameAsync(stream), StringComparison.Ordinal);
        Assert.Contains("rpc-response", await ReadFrameAsync(stream), StringComparison.Ordinal);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Patience));
    }

    [Fact]
    public async Task A_stopping_runner_closes_with_1001()
    {
        using var socket = await ConnectAsync(("X-API-Key", "key"));
        await AskAsync(socket, """{"role":"hello","u":"h"}""");
        var stopping = _runner!.StopAsync(Patience);
        Assert.Contains("goodbye", await ReadAsync(socket), StringComparison.Ordinal);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, (await ReadCloseAsync(socket)).CloseStatus);
        await stopping;
    }

    private Uri WebSocketUri => new UriBuilder(_addresses[0]) { Scheme = "ws" }.Uri;

    private async Task<ClientWebSocket> ConnectAsync(params (string Name, string Value)[] headers)
    {
        var socket = new ClientWebSocket();
        foreach (var (name, value) in headers)
            socket.Options.SetRequestHeader(name, value);
        await socket.ConnectAsync(WebSocketUri, Patience);
        return socket;
    }

    private static async Task<string> AskAsync(ClientWebSocket socket, string message)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Patience);
        return await ReadAsync(socket);
    }

    private static async Task<string> ReadAsync(ClientWebSocket socket)
    {
        var bytes = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, Patience);
            Assert.Equal(WebSocketMessageType.Text, read.MessageType);
            bytes.AddRange(buffer[..read.Count]);
            if (read.EndOfMessage)
                return Encoding.UTF8.GetString([.. bytes]);
        }
    }

    private static async Task<WebSocketReceiveResult> ReadCloseAsync(ClientWebSocket socket)
    {
        var read = await socket.ReceiveAsync(new ArraySegment<byte>(new byte[1024]), Patience);
        Assert.Equal(WebSocketMessageType.Close, read.MessageType);
        return read;
    }

    private static async Task<string> ReadFrameAsync(NetworkStream stream)
    {
        var header = new byte[4];
        await stream.ReadExactlyAsync(header, Patience);
        var payload = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header)];
        await stream.ReadExactlyAsync(payload, Patience);
        return Encoding.UTF8.GetString(payload);
    }
}
