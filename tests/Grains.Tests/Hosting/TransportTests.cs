using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Grains.Client;

namespace Grains.Tests.Hosting;

/// <summary>The transports that <c>Grains:Transport:Use</c> names do the same.</summary>
public sealed class TransportTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("epoll", "ws")]
    [InlineData("epoll", "wss")]
    [InlineData("epoll", "tcp")]
    [InlineData("epoll", "tcps")]
    [InlineData("sockets", "ws")]
    [InlineData("sockets", "wss")]
    [InlineData("sockets", "tcp")]
    [InlineData("sockets", "tcps")]
    public async Task Large_and_small_messages_go_both_ways(string transport, string scheme)
    {
        await using var server = await StartAsync(transport);
        var options = new GrainsClientOptions(server.AddressOf(scheme).ToString())
        {
            Tls = new GrainsClientTlsOptions { TrustedAuthorities = [TestServer.Certificate] },
        };
        await using var client = await GrainsClient.ConnectAsync(options, Token);
        foreach (var length in new[] { 0, 1, 1_000, 100_000, 4_000_000 })
        {
            var text = new string('x', length);

            Assert.Equal(text, await client.Functions.CallAsync<string>("echo", text).AsTask().WaitAsync(Patience, Token));
        }
    }

    /// <summary>The web server has read it ahead, together with the request.</summary>
    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task A_first_message_that_comes_with_the_handshake_is_answered(string transport)
    {
        await using var server = await StartAsync(transport);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Ws.Host, server.Ws.Port, Token);
        var request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

        await socket.SendAsync(new List<ArraySegment<byte>> { Encoding.ASCII.GetBytes(request), MaskedText("""{"role":"rpc","u":"first","cmds":[{"name":"p","fun":"ping"}]}""") });

        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains("\"first\"", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, Token).AsTask().WaitAsync(Patience, Token);
            Assert.NotEqual(0, count);
            received.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        Assert.StartsWith("HTTP/1.1 101", received.ToString(), StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(string transport) =>
        TestServer.StartAsync(new Dictionary<string, string> { ["Transport:Use"] = transport, ["Transport:Threads"] = "2" }, tls: true);

    /// <summary>A frame whose mask is zero.</summary>
    private static byte[] MaskedText(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var frame = new byte[8 + payload.Length];
        frame[0] = 0x81;
        frame[1] = 0x80 | 126;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        payload.CopyTo(frame, 8);
        return frame;
    }
}
