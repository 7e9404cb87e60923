using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Grains.Tests.Client;

/// <summary>A server that does what the test says, over real sockets: accept, read a message, send one, drop the connection.</summary>
internal abstract class FakeServer : IAsyncDisposable
{
    public abstract string Endpoint { get; }

    public static FakeServer Tcp() => new TcpServer();

    public static FakeServer WebSocket() => new WebSocketServer();

    public abstract Task<FakeConnection> AcceptRawAsync();

    /// <summary>Accepts a connection and answers its hello.</summary>
    public async Task<FakeConnection> AcceptAsync()
    {
        var connection = await AcceptRawAsync();
        var hello = await connection.ReadAsync("hello");
        await connection.SendAsync($$"""{"role":"hello","u":"{{hello["u"]}}","server":"fake","version":"1","engine":"none","connection_id":"c1","limits":{"message_bytes_max":20971520,"calls_in_flight_max":1000} }""");
        return connection;
    }

    public abstract ValueTask DisposeAsync();

    private sealed class TcpServer : FakeServer
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public TcpServer() => _listener.Start();

        public override string Endpoint => $"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public override async Task<FakeConnection> AcceptRawAsync() =>
            new TcpConnection(await _listener.AcceptTcpClientAsync().WaitAsync(FakeConnection.Patience));

        public override ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class TcpConnection(TcpClient client) : FakeConnection
    {
        public override string? Authorization => null;

        public override void Drop() => client.Dispose();

        protected override async Task<byte[]> ReadBytesAsync()
        {
            var header = new byte[4];
            await client.GetStream().ReadExactlyAsync(header);
            var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(header)];
            await client.GetStream().ReadExactlyAsync(message);
            return message;
        }

        protected override async Task SendBytesAsync(byte[] message)
        {
            var frame = new byte[4 + message.Length];
            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)message.Length);
            message.CopyTo(frame, 4);
            await client.GetStream().WriteAsync(frame);
        }
    }

    private sealed class WebSocketServer : FakeServer
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public WebSocketServer() => _listener.Start();

        public override string Endpoint => $"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

        public override async Task<FakeConnection> AcceptRawAsync()
        {
            var client = await _listener.AcceptTcpClientAsync().WaitAsync(FakeConnection.Patience);
            var headers = await ReadHeadersAsync(client.GetStream()).WaitAsync(FakeConnection.Patience);
#pragma warning disable CA5350 // the WebSocket handshake says SHA-1
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
            var socket = System.Net.WebSockets.WebSocket.CreateFromStream(client.GetStream(), new WebSocketCreationOptions { IsServer = true });
            return new WebSocketConnection(client, socket, headers.GetValueOrDefault("Authorization"));
        }

        public override ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return ValueTask.CompletedTask;
        }

        private static async Task<Dictionary<string, string>> ReadHeadersAsync(NetworkStream stream)
        {
            var text = new StringBuilder();
            var one = new byte[1];
            while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one);
                text.Append((char)one[0]);
            }

            return text.ToString().Split("\r\n").Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2)
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        }
    }

    private sealed class WebSocketConnection(TcpClient client, WebSocket socket, string? authorization) : FakeConnection
    {
        public override string? Authorization => authorization;

        public override void Drop() => client.Dispose();

        protected override async Task<byte[]> ReadBytesAsync()
        {
            var buffer = new byte[64 * 1024];
            var length = 0;
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), default);
                length += received.Count;
                if (received.EndOfMessage)
                    return buffer[..length];
            }
        }

        protected override Task SendBytesAsync(byte[] message) => socket.SendAsync(message, WebSocketMessageType.Text, true, default);
    }
}

internal abstract class FakeConnection
{
    /// <summary>How long a test waits for what must come before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public abstract string? Authorization { get; }

    /// <summary>Ends the connection without a word.</summary>
    public abstract void Drop();

    /// <summary>The next message, which must have this role.</summary>
    public async Task<JsonObject> ReadAsync(string role)
    {
        var message = JsonNode.Parse(await ReadBytesAsync().WaitAsync(Patience))!.AsObject();
        Assert.Equal(role, (string?)message["role"]);
        return message;
    }

    public async Task<string> ReadTextAsync() => Encoding.UTF8.GetString(await ReadBytesAsync().WaitAsync(Patience));

    public Task SendAsync(string message) => SendBytesAsync(Encoding.UTF8.GetBytes(message));

    public Task AcknowledgeAsync(JsonObject request, string members = "") =>
        SendAsync($$"""{"role":"pubsub-ack","operation_id":"{{request["u"]}}","success":true,"error":null,"u":"ack"{{members}}}""");

    public Task NotifyAsync(JsonObject subscribe, string topic, long epoch, long offset) => SendAsync(
        $$"""{"role":"pubsub-notification","message":{"topic":"{{topic}}","payload":{{offset}},"timestamp":1.5,"message_id":"m{{offset}}","publisher":"p","headers":{} },"subscription_id":"{{subscribe["subscription"]!["subscription_id"]}}","u":"notification_m","epoch":{{epoch}},"offset":{{offset}},"appended_at":2000000.5}""");

    protected abstract Task<byte[]> ReadBytesAsync();

    protected abstract Task SendBytesAsync(byte[] message);
}
