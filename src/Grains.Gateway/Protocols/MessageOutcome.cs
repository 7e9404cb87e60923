namespace Grains.Gateway.Protocols;

/// <summary>What follows a message.</summary>
public enum MessageOutcome : byte
{
    /// <summary>The next message may come.</summary>
    Continue,

    /// <summary>The next message must wait for <see cref="IProtocolSession.WhenReadyAsync"/>.</summary>
    Pause,

    /// <summary>The session has closed the connection (<see cref="SessionContext.Close"/>): read no more.</summary>
    Close,
}
