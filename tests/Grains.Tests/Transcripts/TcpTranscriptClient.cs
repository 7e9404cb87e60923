using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Grains.Tests.Transcripts;

/// <summary>A transcript's connection over TCP: frames of a 4-byte big-endian length and as many bytes.</summary>
internal sealed class TcpTranscriptClient : TranscriptClient
{
    private readonly Socket _socket;
    private readonly Stream _stream;

    private TcpTranscriptClient(string name, Socket socket, Stream stream)
        : base(name)
    {
        _socket = socket;
        _stream = stream;
    }

    public static async Task<TcpTranscriptClient> ConnectAsync(string name, Uri address, X509Certificate2? trusted, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (address.Scheme == "tcps")
        {
            var tls = new SslStream(stream, false, (_, shown, _, _) => shown?.GetCertHashString() == trusted?.GetCertHashString());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellationToken);
            stream = tls;
        }

        var client = new TcpTranscriptClient(name, socket, stream);
        client.StartReading();
        return client;
    }

    public override Task SendAsync(string text, CancellationToken cancellationToken) =>
        SendBytesAsync(Framed(Encoding.UTF8.GetBytes(text)), cancellationToken);

    /// <summary>A server that has closed already is no error here: what it said first is in the inbox, and a step finds the end.</summary>
    public override async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
            await _stream.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            return;
        }
    }

    public override byte[] OnTheWire(ReceivedMessage message) => Framed(message.Bytes);

    public override void Cut()
    {
        if (_socket.SafeHandle.IsClosed)
            return;
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    protected override async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_stream is SslStream tls)
            await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
    }

    protected override async Task<ReceivedMessage> ReadAsync()
    {
        var header = new byte[4];
        try
        {
            if (await _stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) < 4)
                return ReceivedMessage.End();
            var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header)];
            await _stream.ReadExactlyAsync(payload);
            return new ReceivedMessage(payload);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return ReceivedMessage.End();
        }
    }

    private static byte[] Framed(byte[] payload)
    {
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)payload.Length);
        payload.CopyTo(frame, 4);
        return frame;
    }
}
