using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;

namespace Grains.Client.Transports;

/// <summary>Messages over TCP, in clear or over TLS. <code>frame = u32 big-endian N, N bytes of UTF-8 JSON</code></summary>
internal sealed class TcpTransport : ITransport
{
    private const int HeaderBytes = 4;
    private const int BufferBytes = 64 * 1024;

    private static readonly byte[] Ping = "PING"u8.ToArray();

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly int _messageBytesMax;
    private readonly byte[] _input = new byte[BufferBytes];
    private readonly byte[] _output = new byte[BufferBytes];
    private int _inputStart;
    private int _inputEnd;
    private int _outputEnd;

    private TcpTransport(Socket socket, Stream stream, int messageBytesMax)
    {
        _socket = socket;
        _stream = stream;
        _messageBytesMax = messageBytesMax;
    }

    public ReadOnlyMemory<byte> PingMessage => Ping;

    public static async Task<ITransport> ConnectAsync(Endpoint endpoint, GrainsClientOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(endpoint.Host, endpoint.Uri.Port, cancellationToken).ConfigureAwait(false);
            var stream = await EncryptAsync(new NetworkStream(socket, ownsSocket: true), endpoint, options, cancellationToken).ConfigureAwait(false);
            return new TcpTransport(socket, stream, options.Limits.MessageBytesMax);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(HeaderBytes, cancellationToken).ConfigureAwait(false))
            return default;
        var length = BinaryPrimitives.ReadUInt32BigEndian(_input.AsSpan(_inputStart));
        if (length > _messageBytesMax)
            throw OversizedMessage.Of($"{length} bytes", _messageBytesMax);
        _inputStart += HeaderBytes;
        var message = new byte[length];
        var buffered = Math.Min(message.Length, _inputEnd - _inputStart);
        _input.AsSpan(_inputStart, buffered).CopyTo(message);
        _inputStart += buffered;
        await _stream.ReadExactlyAsync(message.AsMemory(buffered), cancellationToken).ConfigureAwait(false);
        return message;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (_outputEnd + HeaderBytes + message.Length > BufferBytes)
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        BinaryPrimitives.WriteUInt32BigEndian(_output.AsSpan(_outputEnd), (uint)message.Length);
        _outputEnd += HeaderBytes;
        if (_outputEnd + message.Length <= BufferBytes)
        {
            message.Span.CopyTo(_output.AsSpan(_outputEnd));
            _outputEnd += message.Length;
            return;
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_outputEnd == 0)
            return;
        await _stream.WriteAsync(_output.AsMemory(0, _outputEnd), cancellationToken).ConfigureAwait(false);
        _outputEnd = 0;
    }

    public async ValueTask DisposeAsync()
    {
        // A TLS stream would wait for a dead peer to say goodbye; closing the socket first ends that.
        _socket.Dispose();
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask<Stream> EncryptAsync(NetworkStream plain, Endpoint endpoint, GrainsClientOptions options,
        CancellationToken cancellationToken)
    {
        if (!endpoint.IsEncrypted)
            return plain;
        var stream = new SslStream(plain);
        string? untrusted = null;
        try
        {
            var authentication = options.Tls.ToAuthentication(endpoint.Host, reason => untrusted = reason);
            await stream.AuthenticateAsClientAsync(authentication, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (Exception exception) when (untrusted is not null)
        {
            throw UntrustedCertificate.Of(endpoint, untrusted, exception);
        }
    }

    /// <summary>Reads until so many bytes are in the buffer.</summary>
    /// <returns>False when the connection ended between two frames.</returns>
    private async ValueTask<bool> FillAsync(int bytes, CancellationToken cancellationToken)
    {
        while (_inputEnd - _inputStart < bytes)
        {
            if (_inputStart > 0)
            {
                _input.AsSpan(_inputStart, _inputEnd - _inputStart).CopyTo(_input);
                _inputEnd -= _inputStart;
                _inputStart = 0;
            }

            var read = await _stream.ReadAsync(_input.AsMemory(_inputEnd), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return _inputEnd == 0 ? false : throw new EndOfStreamException("The connection ended within a frame.");
            _inputEnd += read;
        }

        return true;
    }
}
