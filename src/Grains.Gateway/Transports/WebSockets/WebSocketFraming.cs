using System.Buffers.Binary;
using System.Text.Unicode;
using Grains.Gateway.Connections;

namespace Grains.Gateway.Transports.WebSockets;

/// <summary>
/// The server side of WebSocket framing, RFC 6455 section 5, without extensions. Written here, rather than taken from the framework,
/// so that all frames of a read burst are parsed in one loop and all answers leave in one write.
/// <code>
/// frame = FIN:1 RSV:3 opcode:4, MASK:1 length:7, [u16 | u64 big-endian length], [u32 mask], payload
/// opcodes: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
/// </code>
/// Frames of clients are masked, ours are not. Text must be UTF-8, and so must binary messages where the protocol is text (JSON).
/// </summary>
public sealed class WebSocketFraming : IMessageFraming
{
    private const int Continuation = 0;
    private const int Text = 1;
    private const int Binary = 2;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;
    private const int ControlPayloadBytesMax = 125;

    private readonly bool _binaryIsText;
    private readonly byte _messageOpcode;
    private readonly MessageWriter _fragments = new();
    private int _fragmentOpcode;

    /// <param name="messageBytesMax">A message's payload, all fragments together.</param>
    /// <param name="textProtocol">The protocol is text: ours are text messages, and binary ones must be UTF-8 too.</param>
    public WebSocketFraming(int messageBytesMax, bool textProtocol = true)
    {
        MessageBytesMax = messageBytesMax;
        _binaryIsText = textProtocol;
        _messageOpcode = (byte)(0x80 | (textProtocol ? Text : Binary));
    }

    public bool CanPing => true;

    public int MessageBytesMax { get; set; }

    public FrameRead Read(Span<byte> input)
    {
        if (_fragmentOpcode == 0 && _fragments.Length > 0)
            _fragments.Reset();
        if (input.Length < 2)
            return FrameRead.More(2);
        var opcode = input[0] & 0x0F;
        var final = (input[0] & 0x80) != 0;
        if (HeaderFault(input[0], input[1]) is { } fault)
            return FrameRead.Malformed(CloseReason.ProtocolErrorCode, fault);
        var headerBytes = (input[1] & 0x7F) switch { 126 => 8, 127 => 14, _ => 6 };
        if (input.Length < headerBytes)
            return FrameRead.More(headerBytes);
        var length = PayloadLength(input);
        var already = opcode == Continuation ? _fragments.Length : 0;
        if (length > (ulong)(MessageBytesMax - already) && opcode < Close)
            return FrameRead.Malformed(CloseReason.TooBigCode, $"A message may have {MessageBytesMax} bytes.");
        var whole = headerBytes + (int)length;
        if (input.Length < whole)
            return FrameRead.More(whole);
        var payload = input[headerBytes..whole];
        WebSocketMask.Apply(payload, input.Slice(headerBytes - 4, 4));
        return opcode >= Close ? ReadControl(opcode, payload, whole) : ReadData(opcode, final, payload, whole);
    }

    public int HeaderBytes(int payloadBytes) => payloadBytes switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };

    public void WriteHeader(Span<byte> destination, int payloadBytes) => WriteHeader(destination, _messageOpcode, payloadBytes);

    public void WriteControl(MessageWriter writer, FrameKind kind, int code, ReadOnlySpan<byte> payload)
    {
        var opcode = kind switch { FrameKind.Ping => Ping, FrameKind.Pong => Pong, _ => Close };
        var codeBytes = opcode == Close && code != 0 ? 2 : 0;
        payload = Cut(payload, codeBytes == 0 && opcode == Close ? 0 : ControlPayloadBytesMax - codeBytes);
        var frame = writer.GetSpan(2 + codeBytes + payload.Length);
        WriteHeader(frame, (byte)(0x80 | opcode), codeBytes + payload.Length);
        if (codeBytes > 0)
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)code);
        payload.CopyTo(frame[(2 + codeBytes)..]);
        writer.Advance(2 + codeBytes + payload.Length);
    }

    public void Release() => _fragments.Reset();

    /// <summary>What is wrong with the first two bytes of a frame, so that it is refused before its payload is waited for.</summary>
    private string? HeaderFault(byte first, byte second)
    {
        var opcode = first & 0x0F;
        if ((first & 0x70) != 0)
            return "Reserved bits must be zero.";
        if (opcode is > Binary and < Close or > Pong)
            return "The opcode is reserved.";
        if ((second & 0x80) == 0)
            return "Frames of a client must be masked.";
        if (opcode >= Close)
            return (first & 0x80) != 0 && (second & 0x7F) <= ControlPayloadBytesMax ? null : "A control frame is whole and at most 125 bytes.";
        if (opcode == Continuation)
            return _fragmentOpcode != 0 ? null : "There is nothing to continue.";
        return _fragmentOpcode == 0 ? null : "The message before is not finished.";
    }

    private static ulong PayloadLength(ReadOnlySpan<byte> input) => (input[1] & 0x7F) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(input[2..]),
        127 => BinaryPrimitives.ReadUInt64BigEndian(input[2..]),
        var length => (ulong)length,
    };

    private FrameRead ReadData(int opcode, bool final, ReadOnlySpan<byte> payload, int whole)
    {
        if (final && opcode != Continuation)
            return Message(opcode, payload, whole);
        if (opcode != Continuation)
            _fragmentOpcode = opcode;
        _fragments.Raw(payload);
        if (!final)
            return FrameRead.Whole(FrameKind.Piece, whole);
        opcode = _fragmentOpcode;
        _fragmentOpcode = 0;
        return Message(opcode, _fragments.Written, whole);
    }

    private FrameRead Message(int opcode, ReadOnlySpan<byte> payload, int whole) =>
        (opcode == Text || _binaryIsText) && !Utf8.IsValid(payload)
            ? FrameRead.Malformed(CloseReason.InvalidTextCode, "The message is not UTF-8.")
            : FrameRead.Whole(FrameKind.Message, whole, payload);

    private static FrameRead ReadControl(int opcode, ReadOnlySpan<byte> payload, int whole)
    {
        if (opcode != Close)
            return FrameRead.Whole(opcode == Ping ? FrameKind.Ping : FrameKind.Pong, whole, payload);
        if (payload.Length == 0)
            return FrameRead.Closing(whole, 0);
        var code = payload.Length > 1 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 0;
        if (code is not (>= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999))
            return FrameRead.Malformed(CloseReason.ProtocolErrorCode, "The close code is not valid.");
        return Utf8.IsValid(payload[2..])
            ? FrameRead.Closing(whole, code)
            : FrameRead.Malformed(CloseReason.InvalidTextCode, "The close reason is not UTF-8.");
    }

    private static void WriteHeader(Span<byte> destination, byte first, int payloadBytes)
    {
        destination[0] = first;
        if (payloadBytes < 126)
        {
            destination[1] = (byte)payloadBytes;
        }
        else if (payloadBytes <= ushort.MaxValue)
        {
            destination[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadBytes);
        }
        else
        {
            destination[1] = 127;
            BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payloadBytes);
        }
    }

    /// <summary>The longest front of UTF-8 text that fits and ends between two characters.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int bytesMax)
    {
        if (text.Length <= bytesMax)
            return text;
        var end = bytesMax;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
            end--;
        return text[..end];
    }
}
