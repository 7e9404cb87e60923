namespace Grains.Cache;

/// <summary>What one turn did, for the engine that ran it.</summary>
public readonly record struct TurnResult
{
    public CacheReply Reply { get; init; }

    /// <summary>The revision of an entry whose time had passed and which left before the operation ran; 0 when there was none.</summary>
    public long ExpiredRevision { get; init; }

    /// <summary>What the operation changed; null when it changed nothing.</summary>
    public CacheChange? Change { get; init; }
}
