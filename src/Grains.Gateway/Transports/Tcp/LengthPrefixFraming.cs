using System.Buffers.Binary;
using Grains.Gateway.Connections;

namespace Grains.Gateway.Transports.Tcp;

/// <summary>
/// The framing of the native protocol and of MB over TCP.
/// <code>
/// frame   = u32 big-endian N, N bytes                                   N excludes the 4 bytes
/// stream  = FF FF FF FF, chunk*                                         client to server only
/// chunk   = u32 big-endian length, u32 big-endian flags, length bytes   flags: 1 more follows, 2 last, 4 abort
/// ping    = 00 00 00 04 "PING"    answered by    00 00 00 04 "PONG"
/// </code>
/// A length is checked before anything is kept; the chunks of a stream together may be as long as a frame.
/// </summary>
public sealed class LengthPrefixFraming : IMessageFraming
{
    private const uint StreamMarker = 0xFFFFFFFF;
    private const int FrameHeaderBytes = 4;
    private const int ChunkHeaderBytes = 8;
    private const uint MoreFlag = 1;
    private const uint LastFlag = 2;
    private const uint AbortFlag = 4;

    private readonly MessageWriter _stream = new();
    private bool _streaming;

    public LengthPrefixFraming(int messageBytesMax) => MessageBytesMax = messageBytesMax;

    public bool CanPing => false;

    public int MessageBytesMax { get; set; }

    public FrameRead Read(Span<byte> input)
    {
        if (_streaming)
            return ReadChunk(input);
        if (_stream.Length > 0)
            _stream.Reset();
        if (input.Length < FrameHeaderBytes)
            return FrameRead.More(FrameHeaderBytes);
        var length = BinaryPrimitives.ReadUInt32BigEndian(input);
        if (length == StreamMarker)
        {
            _streaming = true;
            return FrameRead.Whole(FrameKind.Piece, FrameHeaderBytes);
        }

        if (length > MessageBytesMax)
            return TooLong();
        var whole = FrameHeaderBytes + (int)length;
        if (input.Length < whole)
            return FrameRead.More(whole);
        ReadOnlySpan<byte> payload = input[FrameHeaderBytes..whole];
        return FrameRead.Whole(KindOf(payload), whole, payload);
    }

    public int HeaderBytes(int payloadBytes) => FrameHeaderBytes;

    public void WriteHeader(Span<byte> destination, int payloadBytes) => BinaryPrimitives.WriteInt32BigEndian(destination, payloadBytes);

    public void WriteControl(MessageWriter writer, FrameKind kind, int code, ReadOnlySpan<byte> payload)
    {
        if (kind == FrameKind.Pong)
            writer.Raw("\0\0\0\u0004PONG"u8);
    }

    public void Release() => _stream.Reset();

    private FrameRead ReadChunk(Span<byte> input)
    {
        if (input.Length < ChunkHeaderBytes)
            return FrameRead.More(ChunkHeaderBytes);
        var length = BinaryPrimitives.ReadUInt32BigEndian(input);
        var flags = BinaryPrimitives.ReadUInt32BigEndian(input[4..]);
        if (length > MessageBytesMax - _stream.Length)
            return TooLong();
        if (flags is not (MoreFlag or LastFlag or AbortFlag))
            return FrameRead.Malformed(CloseReason.ProtocolErrorCode, "A chunk's flags must be 1, 2 or 4.");
        var whole = ChunkHeaderBytes + (int)length;
        if (input.Length < whole)
            return FrameRead.More(whole);
        if (flags == AbortFlag)
        {
            _streaming = false;
            _stream.Reset();
            return FrameRead.Whole(FrameKind.Piece, whole);
        }

        _stream.Raw(input[ChunkHeaderBytes..whole]);
        if (flags == MoreFlag)
            return FrameRead.Whole(FrameKind.Piece, whole);
        _streaming = false;
        return FrameRead.Whole(FrameKind.Message, whole, _stream.Written);
    }

    private static FrameKind KindOf(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
            return FrameKind.Message;
        if (payload.SequenceEqual("PING"u8))
            return FrameKind.Ping;
        return payload.SequenceEqual("PONG"u8) ? FrameKind.Pong : FrameKind.Message;
    }

    private FrameRead TooLong() => FrameRead.Malformed(CloseReason.TooBigCode, $"A message may have {MessageBytesMax} bytes.");
}
