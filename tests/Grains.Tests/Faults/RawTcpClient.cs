using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Grains.Tests.Faults;

/// <summary>Frames of a 4-byte big-endian length and so many bytes, over TCP.</summary>
public sealed class RawTcpClient : IRawClient
{
    private const int HeaderBytes = 4;

    private readonly Socket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _input = new byte[4096];
    private int _start;
    private int _end;

    private RawTcpClient(Socket socket)
    {
        _socket = socket;
    }

    /// <param name="server">Where to connect.</param>
    /// <param name="receiveBufferBytes">What the system may hold for this reader; null: its default. Small for readers that are slow on purpose.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">Nobody answers.</exception>
    public static async Task<RawTcpClient> ConnectAsync(IPEndPoint server, int? receiveBufferBytes = null, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(server, cancellationToken);
        return new RawTcpClient(socket);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        var frame = new byte[HeaderBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Length);
        message.CopyTo(frame.AsMemory(HeaderBytes));
        await SendBytesAsync(frame, cancellationToken);
    }

    /// <summary>Sends bytes as they are, with no frame round them.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    public async ValueTask SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection is gone.", error);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Says that nothing more will be sent; answers still come.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!await FillAsync(HeaderBytes, cancellationToken))
            return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(_input.AsSpan(_start));
        if (!await FillAsync(HeaderBytes + length, cancellationToken))
            return null;
        var message = _input.AsSpan(_start + HeaderBytes, length).ToArray();
        _start += HeaderBytes + length;
        return message;
    }

    /// <summary>Reads and forgets whatever comes until the server closes, for peers that speak something else.</summary>
    public async Task ReadBytesToEndAsync(CancellationToken cancellationToken = default)
    {
        while (await FillAsync(1, cancellationToken))
            _start = _end = 0;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads until so many bytes are there; false at the end of the connection.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            MakeRoom(count);
            try
            {
                var read = await _socket.ReceiveAsync(_input.AsMemory(_end), SocketFlags.None, cancellationToken);
                if (read == 0)
                    return false;
                _end += read;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }

        return true;
    }

    private void MakeRoom(int count)
    {
        if (_input.Length - _start >= count && _end < _input.Length)
            return;
        var input = _input.Length >= count ? _input : new byte[Math.Max(count, _input.Length * 2)];
        _input.AsSpan(_start.._end).CopyTo(input);
        (_input, _start, _end) = (input, 0, _end - _start);
    }
}
