namespace Grains.Gateway.Connections;

/// <summary>Why a connection is closed: a WebSocket close code (RFC 6455 section 7.4) and a text for the peer, at most 123 bytes of
/// UTF-8. Transports without a close message just end.</summary>
public readonly record struct CloseReason(int Code, string Text)
{
    public const int NormalCode = 1000;
    public const int GoingAwayCode = 1001;
    public const int ProtocolErrorCode = 1002;
    public const int UnacceptableCode = 1003;
    public const int InvalidTextCode = 1007;
    public const int PolicyCode = 1008;
    public const int TooBigCode = 1009;
    public const int InternalErrorCode = 1011;

    /// <summary>The peer is gone, or is to be told nothing.</summary>
    public static readonly CloseReason None;

    public static readonly CloseReason Normal = new(NormalCode, "");

    public static readonly CloseReason Stopping = new(GoingAwayCode, "The server is stopping.");

    public bool IsNone => Code == 0;
}
