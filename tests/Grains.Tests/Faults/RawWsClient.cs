using System.Net.WebSockets;

namespace Grains.Tests.Faults;

/// <summary>One message of the protocol is one WebSocket text message.</summary>
public sealed class RawWsClient : IRawClient
{
    private readonly ClientWebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _input = new byte[4096];

    private RawWsClient(ClientWebSocket socket)
    {
        _socket = socket;
    }

    /// <summary>Why the server closed, once it has.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <exception cref="WebSocketException">Nobody answers, or the upgrade is refused.</exception>
    public static async Task<RawWsClient> ConnectAsync(Uri server, CancellationToken cancellationToken = default)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(server, cancellationToken);
        return new RawWsClient(socket);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        SendFrameAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Sends one WebSocket frame, which need not end its message.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    public async ValueTask SendFrameAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, bool endOfMessage, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(bytes, type, endOfMessage, cancellationToken);
        }
        catch (Exception error) when (error is WebSocketException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            throw new IOException("The connection is gone.", error);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        for (var length = 0; ;)
        {
            if (length == _input.Length)
                Array.Resize(ref _input, length * 2);
            try
            {
                var read = await _socket.ReceiveAsync(_input.AsMemory(length), cancellationToken);
                if (read.MessageType == WebSocketMessageType.Close)
                    return null;
                length += read.Count;
                if (read.EndOfMessage)
                    return _input.AsSpan(0, length).ToArray();
            }
            catch (Exception error) when (error is WebSocketException or ObjectDisposedException or IOException)
            {
                return null;
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
