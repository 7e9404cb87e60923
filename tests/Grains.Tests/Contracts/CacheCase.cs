namespace Grains.Tests.Contracts;

/// <summary>One operation on one key: what is there, what is asked, what is answered, what is there afterwards. Values are JSON; null is not checked.</summary>
public sealed record CacheCase(string Operation, string? Given, CacheOutcome Outcome)
{
    public CacheCommand Command { get; init; } = CacheCommand.Get;

    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public string? Value { get; init; }

    public string? Old { get; init; }

    public string? Result { get; init; }

    public long? Size { get; init; }

    /// <summary>What get finds afterwards; <c>missing</c> for a miss.</summary>
    public string? After { get; init; }

    /// <summary>Members have no order.</summary>
    public bool Unordered { get; init; }

    public override string ToString() => $"{Operation} {Given ?? "missing"} -> {Outcome} {Result ?? Value ?? Message}";
}
