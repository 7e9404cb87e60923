using System.Collections.Immutable;

namespace Grains;

/// <summary>
/// One operation on one key, as it crosses every seam: from a protocol or the user API through the engine's port to the row
/// of the operation table that <see cref="Operation"/> names. Immutable. Which members an operation reads is said by its row.
/// </summary>
public sealed record CacheCommand
{
    public static readonly CacheCommand Get = new("get");
    public static readonly CacheCommand Delete = new("delete");
    public static readonly CacheCommand Exists = new("exists");

    public CacheCommand(string operation)
    {
        ArgumentException.ThrowIfNullOrEmpty(operation);
        Operation = operation;
    }

    /// <summary>The row's name: <c>get</c>, <c>put</c>, <c>test_and_set</c>, <c>set.add</c>, <c>sorted_set.range</c>, …</summary>
    public string Operation { get; }

    /// <summary>The operand: the value to put, the new value of a test-and-set, what to append.</summary>
    public Value Value { get; init; }

    /// <summary>What test-and-set compares with; none and null both equal a missing key.</summary>
    public Value Expected { get; init; }

    /// <summary>Time to live. Absent: an operation that rewrites the entry clears it, unless <see cref="KeepTtl"/>.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Each read starts the time to live anew.</summary>
    public bool Sliding { get; init; }

    /// <summary>Keep the expiry that the entry has.</summary>
    public bool KeepTtl { get; init; }

    public bool IfNotExists { get; init; }

    public bool IfExists { get; init; }

    /// <summary>Only if the entry has this revision; 0 stands for a missing key.</summary>
    public long? IfRevision { get; init; }

    /// <summary>The client's id of this write: a retry with the same id gets the first answer and has no second effect.</summary>
    public string? OpId { get; init; }

    /// <summary>Amount of increment and decrement: a JSON number; none means 1.</summary>
    public Value By { get; init; }

    /// <summary>What a missing key counts as for increment, decrement, append and prepend.</summary>
    public Value Initial { get; init; }

    /// <summary>False makes increment, append, … of a missing key an error rather than a creation.</summary>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>Arguments of structure operations.</summary>
    public StructureArguments? Structure { get; init; }

    /// <summary>Descriptive data kept with the entry by put.</summary>
    public EntryMetadata? Metadata { get; init; }
}

/// <summary>The arguments of structure operations; each operation reads those its row names.</summary>
public sealed record StructureArguments
{
    public static readonly StructureArguments Empty = new();

    public ImmutableArray<Value> Values { get; init; } = [];

    public ImmutableArray<string> Fields { get; init; } = [];

    public ImmutableArray<FieldUpdate> FieldUpdates { get; init; } = [];

    public ImmutableArray<ScoredValue> ScoredValues { get; init; } = [];

    /// <summary>An index; for counters the amount. Negative counts from the end.</summary>
    public long? Index { get; init; }

    /// <summary>First rank or index, inclusive.</summary>
    public long? Start { get; init; }

    /// <summary>Last rank or index, exclusive; negative counts from the end.</summary>
    public long? End { get; init; }

    public double? MinScore { get; init; }

    public double? MaxScore { get; init; }

    public int? Limit { get; init; }

    /// <summary>The sets that union, intersection and difference combine with, already read from their keys.
    /// Filled by the engine, which reads them one by one: the combination is not atomic over keys.</summary>
    public ImmutableArray<Value> OtherSets { get; init; } = [];

    /// <summary>The keys of those sets, as <c>namespace:identifier</c> or a bare identifier of the same namespace.</summary>
    public ImmutableArray<string> OtherSetKeys { get; init; } = [];
}

/// <summary>One field of a map update: set it to <see cref="Value"/>, or when <see cref="Increment"/> add the number to it.</summary>
public readonly record struct FieldUpdate(string Field, Value Value, bool Increment = false);

/// <summary>A member of a sorted set with its score.</summary>
public readonly record struct ScoredValue(Value Value, double Score);

/// <summary>Descriptive data of an entry; the server keeps it and gives it back.</summary>
public sealed record EntryMetadata
{
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Keys this entry was made from, <c>namespace:identifier:version</c>; invalidating one with
    /// <c>cascade_dependencies</c> removes this entry too.</summary>
    public ImmutableArray<string> Dependencies { get; init; } = [];

    public double ComputationCostMs { get; init; }

    public string CreatedBy { get; init; } = "";

    public double QualityScore { get; init; } = 1.0;
}
