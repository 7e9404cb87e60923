using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grains.Gateway.Transports.WebSockets;

/// <summary>The opening handshake of RFC 6455 section 4.2 over HTTP/1.1: no extensions, no subprotocols.</summary>
internal static class WebSocketHandshake
{
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const string Version = "13";

    /// <summary>Whether the request asks for a WebSocket, rightly or not.</summary>
    public static bool IsAsked(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && HasToken(request.Headers.Upgrade, "websocket");

    /// <summary>What is wrong with the request: an HTTP status and a text; status 0 when nothing is.</summary>
    public static (int Status, string Text) Check(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } || !HasToken(headers.Connection, "upgrade"))
            return (StatusCodes.Status400BadRequest, "A WebSocket needs HTTP/1.1 with \"Connection: Upgrade\".");
        if (headers.SecWebSocketVersion.Count != 1 || headers.SecWebSocketVersion[0] != Version)
            return (StatusCodes.Status426UpgradeRequired, "The WebSocket version must be 13.");
        if (headers.SecWebSocketKey.Count != 1 || !IsKey(headers.SecWebSocketKey[0]))
            return (StatusCodes.Status400BadRequest, "\"Sec-WebSocket-Key\" must be 16 bytes in base64.");
        return (0, "");
    }

    /// <summary>Answers 101 and gives the byte stream.</summary>
    public static Task<Stream> AcceptAsync(HttpContext context)
    {
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
        return context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>Section 4.2.2: base64(SHA-1(key + GUID)).</summary>
    public static string AcceptOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 names SHA-1; it protects nothing here.
        SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    private static bool IsKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, bytes, out var count) && count == 16;
    }

    private static bool HasToken(IList<string?> values, string token)
    {
        foreach (var value in values)
        {
            foreach (var part in (value ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (part.Equals(token, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }
}
