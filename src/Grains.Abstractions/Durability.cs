namespace Grains;

/// <summary>What has to be safe before a write is acknowledged, from least to most.</summary>
public enum Durability : byte
{
    /// <summary>Held in memory; lost with the process.</summary>
    Memory = 0,

    /// <summary>Written, and synced once in a while.</summary>
    Interval = 1,

    /// <summary>Synced before it is acknowledged.</summary>
    Commit = 2,
}
