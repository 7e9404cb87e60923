using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Grains.Benchmarks.Peers;

/// <summary>The usual echo: one receive and one send for each message.</summary>
internal static class WebSocketEcho
{
    private const int BufferBytes = 4 * 1024;

    public static async Task RunAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            return;
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[BufferBytes];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
            }
        }
        catch (WebSocketException)
        {
            // The client ends by closing its socket.
        }
    }
}
