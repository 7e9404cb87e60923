using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports.Epoll;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ConnectionInfo = Grains.Engine.ConnectionInfo;

namespace Grains.Gateway.Transports.WebSockets;

/// <summary>
/// The request handler of a path that speaks a protocol over WebSocket. In this order: is it a WebSocket request (426), is its handshake
/// whole (400), is its Origin allowed (403), are its credentials right if it brings any (401), is there room (503); then 101.
/// </summary>
public sealed class WebSocketEndpoint
{
    private const string ApiKeyHeader = "X-API-Key";
    private const string BearerPrefix = "Bearer ";

    private readonly ConnectionRunner _runner;
    private readonly IProtocol _protocol;
    private readonly Func<string, string, bool> _isOriginAllowed;
    private readonly bool _textProtocol;

    /// <param name="runner">Runs the connections.</param>
    /// <param name="protocol">A protocol of whole messages.</param>
    /// <param name="isOriginAllowed">Takes the <c>Origin</c> and <c>Host</c> headers; asked only of requests with an origin, as browsers' are. Null
    /// allows all.</param>
    /// <param name="textProtocol">Messages are text (JSON) rather than bytes.</param>
    public WebSocketEndpoint(
        ConnectionRunner runner, IProtocol protocol, Func<string, string, bool>? isOriginAllowed = null, bool textProtocol = true)
    {
        _runner = runner;
        _protocol = protocol;
        _isOriginAllowed = isOriginAllowed ?? (static (_, _) => true);
        _textProtocol = textProtocol;
    }

    /// <summary>A <see cref="RequestDelegate"/>: ends when the connection ends.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (status, text, authenticated) = await CheckAsync(context);
        if (status != 0)
        {
            await RefuseAsync(context, status, text);
            return;
        }

        var isServed = false;
        try
        {
            var stream = await WebSocketHandshake.AcceptAsync(context);
            var info = InfoOf(context);
            // TLS stands between the socket and the bytes.
            var socket = context.Request.IsHttps ? null : context.Features.Get<EpollConnection>();
            if (socket is not null)
                await socket.TakeAsync(channel => ServeAsync(channel, info, authenticated));
            isServed = true;
            if (socket is null)
                await ServeAsync(new ByteChannel(stream, stream, context.Abort), info, authenticated);
        }
        finally
        {
            if (!isServed)
                _runner.Leave();
        }
    }

    private async Task ServeAsync(ByteChannel channel, ConnectionInfo info, bool authenticated)
    {
        var framing = new WebSocketFraming(_runner.Services.Limits.MessageBytesMax, _textProtocol);
        // Not until the request's end, which also comes when the client has ended its half: what it sent before is still answered.
        await _runner.RunEnteredAsync(channel, info, _protocol, framing, authenticated, CancellationToken.None);
    }

    /// <returns>A status of 0 when the client is to be let in; then it has a place.</returns>
    private async ValueTask<(int Status, string Text, bool Authenticated)> CheckAsync(HttpContext context)
    {
        if (!WebSocketHandshake.IsAsked(context.Request))
            return (StatusCodes.Status426UpgradeRequired, "This address speaks WebSocket.", false);
        var (status, text) = WebSocketHandshake.Check(context);
        if (status != 0)
            return (status, text, false);
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !_isOriginAllowed(origin, context.Request.Host.Value ?? ""))
            return (StatusCodes.Status403Forbidden, "This origin is not allowed.", false);
        var result = await AuthenticateAsync(context);
        if (result is { Succeeded: false })
            return (StatusCodes.Status401Unauthorized, result.Message ?? "Unauthorized.", false);
        if (!_runner.TryEnter(InfoOf(context).Transport))
            return (StatusCodes.Status503ServiceUnavailable, "The server holds as many connections as it may, or is stopping.", false);
        return (0, "", result is not null);
    }

    /// <returns>Null when nobody asks for credentials, or the request brings none and may still do so in its first message.</returns>
    private async ValueTask<AuthenticationResult?> AuthenticateAsync(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var token = authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? authorization[BearerPrefix.Length..].Trim()
            : authorization.Trim();
        var credentials = new Credentials(token, context.Request.Headers[ApiKeyHeader].ToString());
        return _runner.Services.Authenticator is { } authenticator && !credentials.IsEmpty
            ? await authenticator.AuthenticateAsync(credentials, context.RequestAborted)
            : null;
    }

    private ConnectionInfo InfoOf(HttpContext context)
    {
        var remote = context.Connection.RemoteIpAddress is { } address
            ? new System.Net.IPEndPoint(address, context.Connection.RemotePort).ToString()
            : "";
        return new ConnectionInfo(_protocol.Name, context.Request.IsHttps ? "wss" : "ws", remote);
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status426UpgradeRequired)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            context.Response.Headers.SecWebSocketVersion = "13";
        }
        else if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
