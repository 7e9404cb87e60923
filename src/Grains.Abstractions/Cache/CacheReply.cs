namespace Grains;

/// <summary>How a cache operation ended.</summary>
public enum CacheOutcome : byte
{
    /// <summary>Done, or found.</summary>
    Hit,

    /// <summary>Not there.</summary>
    Miss,

    /// <summary>The precondition did not hold; nothing changed.</summary>
    Conflict,

    /// <summary>Refused; <see cref="CacheReply.Error"/> says why and nothing changed.</summary>
    Error,
}

/// <summary>What a cache operation answers. A struct, so that a warm get allocates nothing.</summary>
public readonly record struct CacheReply
{
    public CacheOutcome Outcome { get; init; }

    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    /// <summary>The entry's value after the operation: what get found, put stored, test-and-set set.
    /// Structure operations leave it none and answer in <see cref="Result"/>.</summary>
    public Value Value { get; init; }

    /// <summary>The value before an atomic operation; none when there was no entry, or when it came over the wire and did not fit the
    /// answer. (The same holds for <see cref="Value"/> after a write.)</summary>
    public Value OldValue { get; init; }

    /// <summary>What a structure operation gives back.</summary>
    public Value Result { get; init; }

    /// <summary>Members of the structure after the operation.</summary>
    public long? Size { get; init; }

    /// <summary>Whether the key was there before the operation.</summary>
    public bool Existed { get; init; }

    /// <summary>The entry's revision after the operation; 0 when there is no entry.</summary>
    public long Revision { get; init; }

    /// <summary>The entry's revision before the operation; 0 when there was no entry.</summary>
    public long OldRevision { get; init; }

    /// <summary>True when a retry with the same op_id gets its first answer again: nothing happened this time.</summary>
    public bool Repeated { get; init; }

    public EntryInfo Entry { get; init; }

    public bool IsError => Outcome == CacheOutcome.Error;

    public static CacheReply Fail(ErrorCode code, string message, bool existed = false) =>
        new() { Outcome = CacheOutcome.Error, Error = code, Message = message, Existed = existed };
}

/// <summary>What is known of an entry besides its value. Times in microseconds of the Unix epoch.</summary>
public readonly record struct EntryInfo
{
    public long CreatedAtUs { get; init; }

    public long LastAccessAtUs { get; init; }

    public long AccessCount { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>The time to live it was stored with; null when it never expires.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>When it expires; null when it never does.</summary>
    public long? ExpiresAtUs { get; init; }

    public EntryMetadata? Metadata { get; init; }
}
