namespace Grains.Cache;

/// <summary>The arguments that an operation can read, by the members of <see cref="CacheCommand"/> and <see cref="StructureArguments"/>.
/// Conditions, op_id and the expiry of an entry are read for every write and are not named.</summary>
[Flags]
public enum CacheArguments
{
    None = 0,
    Value = 1,
    Expected = 1 << 1,
    Ttl = 1 << 2,
    By = 1 << 3,
    Initial = 1 << 4,
    CreateIfMissing = 1 << 5,
    Metadata = 1 << 6,
    Values = 1 << 7,
    Fields = 1 << 8,
    FieldUpdates = 1 << 9,
    ScoredValues = 1 << 10,
    Index = 1 << 11,
    Range = 1 << 12,
    Scores = 1 << 13,
    Limit = 1 << 14,
    OtherSets = 1 << 15,
}
