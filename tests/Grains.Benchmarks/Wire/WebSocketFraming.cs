using System.Buffers;
using System.Buffers.Binary;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>The client's side of RFC 6455: what it sends is masked, what it receives is not, and nothing is fragmented.</summary>
internal readonly struct WebSocketFraming : IFraming
{
    private const byte Text = 0x81;
    private const byte Pong = 0x8A;

    // Any mask will do, since nothing lies between client and server; a fixed one makes runs repeatable.
    private static ReadOnlySpan<byte> Mask => [0x37, 0xFA, 0x21, 0x3D];

    public static bool IsWebSocket => true;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameAt frame)
    {
        frame = default;
        if (bytes.Length < 4)
        {
            // A frame with less than four bytes in all has nothing or next to nothing in it.
            if (bytes.Length < 2 || bytes[1] > bytes.Length - 2)
                return false;
        }

        var (start, length) = bytes[1] switch
        {
            < 126 => (2, (int)bytes[1]),
            126 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 => bytes.Length < 10 ? (10, 0) : (10, checked((int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]))),
            _ => throw new LoadException("The server sent a masked frame."),
        };
        frame = new FrameAt(start, length, (bytes[0] & 0x0F) switch
        {
            8 => FrameAtKind.Close,
            9 => FrameAtKind.Ping,
            10 => FrameAtKind.Pong,
            _ => FrameAtKind.Message,
        });
        return bytes.Length >= frame.WholeBytes;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message) => Write(output, Text, message);

    public static void WritePong(IBufferWriter<byte> output, ReadOnlySpan<byte> payload) => Write(output, Pong, payload);

    private static void Write(IBufferWriter<byte> output, byte first, ReadOnlySpan<byte> payload)
    {
        var frame = output.GetSpan(14 + payload.Length);
        frame[0] = first;
        var header = 2;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)payload.Length);
            header = 4;
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteUInt64BigEndian(frame[2..], (ulong)payload.Length);
            header = 10;
        }

        Mask.CopyTo(frame[header..]);
        header += 4;
        for (var i = 0; i < payload.Length; i++)
            frame[header + i] = (byte)(payload[i] ^ Mask[i & 3]);
        output.Advance(header + payload.Length);
    }
}
