using System.Net;
using System.Net.WebSockets;

namespace Grains.Client.Transports;

/// <summary>Messages over a WebSocket: one message is one text message. Credentials go into the upgrade's headers; a dead peer is found
/// by the socket's own keep-alive.</summary>
internal sealed class WebSocketTransport : ITransport
{
    private const int BufferBytes = 16 * 1024;

    private readonly ClientWebSocket _socket;
    private readonly HttpMessageInvoker _invoker;
    private readonly int _messageBytesMax;
    private byte[] _input = new byte[BufferBytes];

    private WebSocketTransport(ClientWebSocket socket, HttpMessageInvoker invoker, int messageBytesMax)
    {
        _socket = socket;
        _invoker = invoker;
        _messageBytesMax = messageBytesMax;
    }

    public ReadOnlyMemory<byte> PingMessage => default;

    /// <exception cref="GrainsException"><see cref="ErrorCode.Unauthorized"/>: the server answered 401 or 403, or is not trusted.</exception>
    public static async Task<ITransport> ConnectAsync(Endpoint endpoint, GrainsClientOptions options, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        string? untrusted = null;
        var tls = options.Tls.ToAuthentication(endpoint.Host, reason => untrusted = reason);
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = tls });
        try
        {
            // The framework takes the name for TLS from here, whatever its TLS options say.
            if (endpoint.IsEncrypted && options.Tls.TargetHost is { } name)
                socket.Options.SetRequestHeader("Host", name);
            Configure(socket.Options, options);
            await socket.ConnectAsync(endpoint.Uri, invoker, cancellationToken).ConfigureAwait(false);
            return new WebSocketTransport(socket, invoker, options.Limits.MessageBytesMax);
        }
        catch (WebSocketException exception) when (socket.HttpStatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            var status = socket.HttpStatusCode;
            Dispose(socket, invoker);
            throw new GrainsException(ErrorCode.Unauthorized, $"The server at {endpoint} answered {(int)status}.", innerException: exception);
        }
        catch (Exception exception)
        {
            Dispose(socket, invoker);
            if (untrusted is not null)
                throw UntrustedCertificate.Of(endpoint, untrusted, exception);
            throw;
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_input.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
                return default;
            length += received.Count;
            // The first buffer may be longer than the limit.
            if (length > _messageBytesMax || (length == _messageBytesMax && !received.EndOfMessage))
                throw OversizedMessage.Of($"more than {_messageBytesMax} bytes", _messageBytesMax);
            if (received.EndOfMessage)
                return Take(length);
            if (length == _input.Length)
                Array.Resize(ref _input, Math.Min(_input.Length * 2, _messageBytesMax));
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Dispose(_socket, _invoker);
        return ValueTask.CompletedTask;
    }

    private static void Configure(ClientWebSocketOptions socket, GrainsClientOptions options)
    {
        socket.CollectHttpResponseDetails = true;
        socket.KeepAliveInterval = options.Connection.HeartbeatInterval;
        socket.KeepAliveTimeout = options.Connection.HeartbeatInterval;
        foreach (var (name, value) in options.Headers)
            socket.SetRequestHeader(name, value);
        if (options.BearerToken is { } token)
            socket.SetRequestHeader("Authorization", "Bearer " + token);
        if (options.ApiKey is { } key)
            socket.SetRequestHeader("X-API-Key", key);
    }

    private static void Dispose(ClientWebSocket socket, HttpMessageInvoker invoker)
    {
        socket.Dispose();
        invoker.Dispose();
    }

    /// <summary>A copy of the message; a buffer that a long message made is given up.</summary>
    private byte[] Take(int length)
    {
        var message = _input.AsSpan(0, length).ToArray();
        if (_input.Length > 1024 * 1024)
            _input = new byte[BufferBytes];
        return message;
    }
}
