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
