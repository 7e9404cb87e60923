using System.Buffers.Binary;
using System.Text;
using Grains.Gateway.Transports;

namespace Grains.Tests.Gateway;

/// <summary>Makes frames as clients make them, and reads a byte stream through a framing as the read loop does.</summary>
internal static class Frames
{
    public static readonly byte[] Mask = [0x37, 0xfa, 0x21, 0x3d];

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A masked WebSocket frame.</summary>
    public static byte[] WebSocket(int opcode, byte[] payload, bool final = true, bool masked = true, int reserved = 0)
    {
        var frame = new List<byte> { (byte)((final ? 0x80 : 0) | reserved | opcode) };
        var maskBit = masked ? 0x80 : 0;
        Span<byte> length = stackalloc byte[8];
        if (payload.Length < 126)
        {
            frame.Add((byte)(maskBit | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.Add((byte)(maskBit | 126));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length[..2]);
        }
        else
        {
            frame.Add((byte)(maskBit | 127));
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange(length);
        }

        if (masked)
            frame.AddRange(Mask);
        for (var i = 0; i < payload.Length; i++)
            frame.Add((byte)(payload[i] ^ (masked ? Mask[i % 4] : 0)));
        return [.. frame];
    }

    public static byte[] Text(string text) => WebSocket(1, Utf8(text));

    public static byte[] Prefixed(byte[] payload)
    {
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame, 4);
        return frame;
    }

    public static byte[] Prefixed(string json) => Prefixed(Utf8(json));

    public static byte[] Chunk(string text, uint flags)
    {
        var payload = Utf8(text);
        var chunk = new byte[8 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4), flags);
        payload.CopyTo(chunk, 8);
        return chunk;
    }

    public static byte[] StreamMarker => [0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>Feeds the pieces one after the other; gives every frame but mere pieces as <c>Kind payload</c>, or <c>Kind code</c>.</summary>
    public static List<string> ReadAll(IMessageFraming framing, params IEnumerable<byte[]> pieces)
    {
        var seen = new List<string>();
        var unread = new List<byte>();
        foreach (var piece in pieces)
        {
            unread.AddRange(piece);
            while (true)
            {
                // A copy, because a framing may change what it reads in place only once.
                var input = unread.ToArray();
                var frame = framing.Read(input);
                if (frame.Kind == FrameKind.NeedMore)
                {
                    Assert.True(frame.Needed > input.Length, "It asks for no more than it has.");
                    break;
                }

                Add(seen, frame);
                if (frame.Kind is FrameKind.Close or FrameKind.Malformed)
                    return seen;
                unread.RemoveRange(0, frame.Consumed);
            }
        }

        return seen;
    }

    public static IEnumerable<byte[]> SplitAt(byte[] bytes, int at) => [bytes[..at], bytes[at..]];

    public static IEnumerable<byte[]> ByteByByte(byte[] bytes) => bytes.Select(single => new[] { single });

    private static void Add(List<string> seen, FrameRead frame)
    {
        if (frame.Kind == FrameKind.Piece)
            return;
        seen.Add(frame.Kind is FrameKind.Close or FrameKind.Malformed
            ? $"{frame.Kind} {frame.Code}"
            : $"{frame.Kind} {Encoding.UTF8.GetString(frame.Payload)}".TrimEnd());
    }
}
