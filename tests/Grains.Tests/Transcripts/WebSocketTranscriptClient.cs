using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Grains.Tests.Transcripts;

/// <summary>A transcript's connection over WebSocket.</summary>
internal sealed class WebSocketTranscriptClient : TranscriptClient
{
    private readonly ClientWebSocket _socket = new();

    private WebSocketTranscriptClient(string name)
        : base(name)
    {
    }

    /// <summary>Connects. A refusal gives no client but its HTTP status.</summary>
    public static async Task<(WebSocketTranscriptClient? Client, int Status)> ConnectAsync(
        string name, Uri address, X509Certificate2? trusted, IEnumerable<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
        var client = new WebSocketTranscriptClient(name);
        var options = client._socket.Options;
        options.CollectHttpResponseDetails = true;
        options.KeepAliveInterval = TimeSpan.Zero;
        if (trusted is not null)
            options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == trusted.GetCertHashString();
        foreach (var (key, value) in headers)
            options.SetRequestHeader(key, value);
        try
        {
            await client._socket.ConnectAsync(address, cancellationToken);
        }
        catch (WebSocketException) when (client._socket.HttpStatusCode != 0)
        {
            client._socket.Dispose();
            return (null, (int)client._socket.HttpStatusCode);
        }

        client.StartReading();
        return (client, 101);
    }

    public override Task SendAsync(string text, CancellationToken cancellationToken) =>
        SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, cancellationToken);

    public override Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        SendAsync(bytes, WebSocketMessageType.Binary, cancellationToken);

    public override byte[] OnTheWire(ReceivedMessage message) => message.Bytes;

    public override void Cut() => _socket.Abort();

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
    }

    protected override async Task<ReceivedMessage> ReadAsync()
    {
        var message = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(message.GetMemory(16 * 1024), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                    return await EndAsync();
                message.Advance(part.Count);
                if (part.EndOfMessage)
                    return new ReceivedMessage(message.WrittenSpan.ToArray());
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            return ReceivedMessage.End();
        }
    }

    private async Task<ReceivedMessage> EndAsync()
    {
        var code = (int?)_socket.CloseStatus;
        if (_socket.State == WebSocketState.CloseReceived)
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        return ReceivedMessage.End(code);
    }

    /// <summary>A server that has closed already is no error here: what it said first is in the inbox, and a step finds the end.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, CancellationToken cancellationToken)
    {
        try
        {
            await _socket.SendAsync(bytes, type, true, cancellationToken);
        }
        catch (WebSocketException) when (_socket.State != WebSocketState.Open)
        {
            return;
        }
    }
}
