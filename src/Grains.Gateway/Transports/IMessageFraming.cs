using Grains.Gateway.Connections;

namespace Grains.Gateway.Transports;

/// <summary>
/// How whole messages lie in a byte stream. One instance serves one connection and keeps only what a message in several pieces
/// needs: no socket, no clock, no log. Whoever calls it owns the bytes; the framing owns what "incomplete" means.
/// </summary>
public interface IMessageFraming
{
    /// <summary>Whether the transport has pings of its own, with which a half-dead peer is found.</summary>
    bool CanPing { get; }

    /// <summary>A message's bytes, all its pieces together. The connection sets it: less until the client is authenticated.</summary>
    int MessageBytesMax { get; set; }

    /// <summary>Reads the one frame at the front of <paramref name="input"/>, changing it in place where it is masked.
    /// A payload is valid until the next call or until the bytes are consumed, whichever comes first.
    /// After <see cref="FrameKind.Close"/> and <see cref="FrameKind.Malformed"/> it is not called again.</summary>
    FrameRead Read(Span<byte> input);

    /// <summary>Bytes of the header before a message of <paramref name="payloadBytes"/> bytes.</summary>
    int HeaderBytes(int payloadBytes);

    /// <summary>Writes that header into exactly <see cref="HeaderBytes"/> bytes.</summary>
    void WriteHeader(Span<byte> destination, int payloadBytes);

    /// <summary>Writes a ping, pong or close, or nothing where the transport has none.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="kind"><see cref="FrameKind.Ping"/>, <see cref="FrameKind.Pong"/> or <see cref="FrameKind.Close"/>.</param>
    /// <param name="code">For a close: its code; 0 for a close without one.</param>
    /// <param name="payload">A pong echoes its ping's payload; a close may say why (cut to fit).</param>
    void WriteControl(MessageWriter writer, FrameKind kind, int code, ReadOnlySpan<byte> payload);

    /// <summary>Gives buffers back; the connection has ended.</summary>
    void Release();
}
