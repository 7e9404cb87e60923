namespace Grains.Gateway.Transports;

/// <summary>What <see cref="IMessageFraming.Read"/> found.</summary>
public enum FrameKind : byte
{
    /// <summary>The frame is not whole; <see cref="FrameRead.Needed"/> bytes in all would be.</summary>
    NeedMore,

    /// <summary>A whole message.</summary>
    Message,

    /// <summary>A frame without a message of its own: a piece of one.</summary>
    Piece,

    /// <summary>To be answered by a pong with the same payload.</summary>
    Ping,

    /// <summary>The peer lives.</summary>
    Pong,

    /// <summary>The peer closes, with <see cref="FrameRead.Code"/> or 0.</summary>
    Close,

    /// <summary>The rules of the framing are broken: close with <see cref="FrameRead.Code"/>.</summary>
    Malformed,
}

/// <summary>One frame, or why there is none. Its payload lies in the input or in the framing's own buffer.</summary>
public readonly ref struct FrameRead
{
    public FrameKind Kind { get; private init; }

    /// <summary>Bytes of the input that the frame took.</summary>
    public int Consumed { get; private init; }

    /// <summary>For <see cref="FrameKind.NeedMore"/>: bytes of input that the whole frame takes, as far as is known.</summary>
    public int Needed { get; private init; }

    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>A WebSocket close code.</summary>
    public int Code { get; private init; }

    /// <summary>For <see cref="FrameKind.Malformed"/>: what is wrong, for the peer.</summary>
    public string? Error { get; private init; }

    public static FrameRead More(int needed) => new() { Kind = FrameKind.NeedMore, Needed = needed };

    public static FrameRead Whole(FrameKind kind, int consumed, ReadOnlySpan<byte> payload = default) =>
        new() { Kind = kind, Consumed = consumed, Payload = payload };

    public static FrameRead Closing(int consumed, int code) => new() { Kind = FrameKind.Close, Consumed = consumed, Code = code };

    public static FrameRead Malformed(int code, string error) => new() { Kind = FrameKind.Malformed, Code = code, Error = error };
}
