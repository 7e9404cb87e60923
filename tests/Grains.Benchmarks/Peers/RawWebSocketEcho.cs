using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grains.Benchmarks.Peers;

/// <summary>WebSocket frames read and written on the upgraded stream: a burst is one read, one loop and one write. No more of RFC 6455 than the
/// driver's own frames need.</summary>
internal static class RawWebSocketEcho
{
    private const int BufferBytes = 64 * 1024;

    public static async Task RunAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
            return;
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
        await using var stream = await upgrade.UpgradeAsync();
        while (true)
        {
            // Waits without a buffer, as the server under test does.
#pragma warning disable CA2022 // Nothing is read.
            await stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2022
            var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            var open = await EchoBurstsAsync(stream, buffer);
            ArrayPool<byte>.Shared.Return(buffer);
            if (!open)
                return;
        }
    }

    /// <summary>Echoes until nothing is left over from a read.</summary>
    /// <returns>False when the client has closed.</returns>
    private static async ValueTask<bool> EchoBurstsAsync(Stream stream, byte[] buffer)
    {
        var unread = 0;
        do
        {
            var count = await stream.ReadAsync(buffer.AsMemory(unread));
            if (count == 0)
                return false;
            unread += count;
            var consumed = Turn(buffer.AsSpan(0, unread), out var written);
            await stream.WriteAsync(buffer.AsMemory(0, written));
            buffer.AsSpan(consumed, unread - consumed).CopyTo(buffer);
            unread -= consumed;
        }
        while (unread > 0);
        return true;
    }

    /// <summary>Turns the whole frames in the buffer into frames of the server, in place: without the mask each is four bytes shorter.</summary>
    private static int Turn(Span<byte> bytes, out int written)
    {
        var consumed = 0;
        written = 0;
        while (bytes.Length - consumed >= 6)
        {
            var frame = bytes[consumed..];
            var (header, length) = (frame[1] & 0x7F) == 126 ? (4, BinaryPrimitives.ReadUInt16BigEndian(frame[2..])) : (2, frame[1] & 0x7F);
            if (frame.Length < header + 4 + length)
                break;
            Unmask(frame.Slice(header + 4, length), frame.Slice(header, 4));
            frame[1] &= 0x7F;
            frame[..header].CopyTo(bytes[written..]);
            frame.Slice(header + 4, length).CopyTo(bytes[(written + header)..]);
            written += header + length;
            consumed += header + 4 + length;
        }

        return consumed;
    }

    private static void Unmask(Span<byte> payload, ReadOnlySpan<byte> mask)
    {
        var word = BinaryPrimitives.ReadUInt32LittleEndian(mask);
        var words = word | ((ulong)word << 32);
        for (; payload.Length >= 8; payload = payload[8..])
            BinaryPrimitives.WriteUInt64LittleEndian(payload, BinaryPrimitives.ReadUInt64LittleEndian(payload) ^ words);
        for (var i = 0; i < payload.Length; i++)
            payload[i] ^= mask[i & 3];
    }

    private static string AcceptOf(string key)
    {
#pragma warning disable CA5350 // RFC 6455 names SHA-1.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
