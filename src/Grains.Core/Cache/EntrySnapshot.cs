using System.Collections.Immutable;

namespace Grains.Cache;

/// <summary>A whole entry as plain data, for a backup or a storage's snapshot. Exactly one of the contents is there: <see cref="Value"/> for
/// a plain value, else what the kind of structure holds.</summary>
public sealed record EntrySnapshot
{
    /// <summary>Null for a plain value.</summary>
    public StructureKind? Structure { get; init; }

    public Value Value { get; init; }

    /// <summary>Members of a set, items of a sequence.</summary>
    public ImmutableArray<Value> Members { get; init; } = [];

    /// <summary>Fields of a map.</summary>
    public ImmutableArray<FieldUpdate> Fields { get; init; } = [];

    /// <summary>Members of a sorted set.</summary>
    public ImmutableArray<ScoredValue> Scores { get; init; } = [];

    public Expiry Expiry { get; init; } = Expiry.Never;

    public EntryMetadata? Metadata { get; init; }

    /// <summary>Members, fields or scores of a structure.</summary>
    public int MemberCount => Members.Length + Fields.Length + Scores.Length;

    /// <summary>Bytes of the contents, without overhead.</summary>
    public long ContentBytes => Value.Bytes.Length + Members.Sum(m => (long)m.Bytes.Length)
        + Fields.Sum(f => (long)f.Field.Length + f.Value.Bytes.Length) + Scores.Sum(s => (long)s.Value.Bytes.Length);
}
