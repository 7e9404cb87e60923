using Grains.Cache;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A whole entry.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.EntrySnapshot")]
internal struct EntrySnapshotSurrogate
{
    [Id(0)] public byte? Structure;
    [Id(1)] public Value Value;
    [Id(2)] public Value[]? Members;
    [Id(3)] public FieldUpdate[]? Fields;
    [Id(4)] public ScoredValue[]? Scores;
    [Id(5)] public Expiry? Expiry;
    [Id(6)] public EntryMetadata? Metadata;
}

[RegisterConverter, RegisterCopier]
internal sealed class EntrySnapshotConverter : ShallowCopier<EntrySnapshot>, IConverter<EntrySnapshot, EntrySnapshotSurrogate>
{
    public EntrySnapshotSurrogate ConvertToSurrogate(in EntrySnapshot value) => new()
    {
        Structure = (byte?)value.Structure,
        Value = value.Value,
        Members = value.Members.Items(),
        Fields = value.Fields.Items(),
        Scores = value.Scores.Items(),
        Expiry = value.Expiry == Expiry.Never ? null : value.Expiry,
        Metadata = value.Metadata,
    };

    public EntrySnapshot ConvertFromSurrogate(in EntrySnapshotSurrogate surrogate) => new()
    {
        Structure = (StructureKind?)surrogate.Structure,
        Value = surrogate.Value,
        Members = surrogate.Members.Frozen(),
        Fields = surrogate.Fields.Frozen(),
        Scores = surrogate.Scores.Frozen(),
        Expiry = surrogate.Expiry ?? Expiry.Never,
        Metadata = surrogate.Metadata,
    };
}

/// <summary>When an entry ends.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.Expiry")]
internal struct ExpirySurrogate
{
    [Id(0)] public long AtUs;
    [Id(1)] public long TtlUs;
    [Id(2)] public bool Sliding;
}

[RegisterConverter, RegisterCopier]
internal sealed class ExpiryConverter : ShallowCopier<Expiry>, IConverter<Expiry, ExpirySurrogate>
{
    public ExpirySurrogate ConvertToSurrogate(in Expiry value) => new() { AtUs = value.AtUs, TtlUs = value.TtlUs, Sliding = value.Sliding };

    public Expiry ConvertFromSurrogate(in ExpirySurrogate surrogate) => new(surrogate.AtUs, surrogate.TtlUs, surrogate.Sliding);
}
