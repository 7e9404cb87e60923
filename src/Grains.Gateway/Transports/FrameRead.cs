namespace Grains.Gateway.Transports;

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
