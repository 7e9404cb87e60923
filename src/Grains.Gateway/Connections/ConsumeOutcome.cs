namespace Grains.Gateway.Connections;

/// <summary>What the read loop does after bytes were offered.</summary>
public enum ConsumeOutcome : byte
{
    /// <summary>All that is whole is consumed; more bytes are needed.</summary>
    NeedMore,

    /// <summary>Whole messages are left, but the consumer cannot take them now: offer them again when it is ready.</summary>
    Pause,

    /// <summary>Read no more; the connection is to be closed.</summary>
    Close,
}
