using System.Buffers;
using System.Buffers.Binary;

namespace Grains.Benchmarks.Wire;

/// <summary><c>u32 big-endian N, N bytes</c></summary>
internal readonly struct TcpFraming : IFraming
{
    private const int HeaderBytes = 4;

    public static bool IsWebSocket => false;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameAt frame)
    {
        frame = default;
        if (bytes.Length < HeaderBytes)
            return false;
        frame = new FrameAt(HeaderBytes, BinaryPrimitives.ReadInt32BigEndian(bytes), FrameAtKind.Message);
        return bytes.Length >= frame.WholeBytes;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(HeaderBytes), message.Length);
        output.Advance(HeaderBytes);
        output.Write(message);
    }

    /// <summary>This client sends no pings, and the server none over TCP.</summary>
    public static void WritePong(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
    }
}
