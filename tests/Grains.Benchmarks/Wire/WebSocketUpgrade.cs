using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>The client's part of the opening handshake, RFC 6455 section 4.1.</summary>
internal static class WebSocketUpgrade
{
    /// <summary>Blocking.</summary>
    public static void Run(Link link, string path)
    {
        link.SendAll(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        var answer = new byte[4_096];
        var length = 0;
        while (answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
            length += link.ReceiveSome(answer.AsSpan(length));
        if (!answer.AsSpan(0, length).StartsWith("HTTP/1.1 101"u8) || !answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            throw new LoadException($"The upgrade was answered {Encoding.UTF8.GetString(answer, 0, length)}");
    }
}
