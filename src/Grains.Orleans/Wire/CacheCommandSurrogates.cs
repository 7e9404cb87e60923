using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A key, without the engine's handle, which belongs to one silo.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.CacheKey")]
internal struct CacheKeySurrogate
{
    [Id(0)] public string Namespace;
    [Id(1)] public string Identifier;
    [Id(2)] public string? Version;
}

[RegisterConverter, RegisterCopier]
internal sealed class CacheKeyConverter : ShallowCopier<CacheKey>, IConverter<CacheKey, CacheKeySurrogate>
{
    private const string UsualVersion = "v1.0.0";

    public CacheKeySurrogate ConvertToSurrogate(in CacheKey value) => new()
    {
        Namespace = value.Namespace,
        Identifier = value.Identifier,
        Version = value.Version.Unless(UsualVersion),
    };

    public CacheKey ConvertFromSurrogate(in CacheKeySurrogate surrogate) =>
        new(surrogate.Namespace, surrogate.Identifier, surrogate.Version ?? UsualVersion);
}

/// <summary>An operation on a key.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.CacheCommand")]
internal struct CacheCommandSurrogate
{
    [Id(0)] public string Operation;
    [Id(1)] public Value Value;
    [Id(2)] public Value Expected;
    [Id(3)] public TimeSpan? Ttl;
    [Id(4)] public bool Sliding;
    [Id(5)] public bool KeepTtl;
    [Id(6)] public bool IfNotExists;
    [Id(7)] public bool IfExists;
    [Id(8)] public long? IfRevision;
    [Id(9)] public string? OpId;
    [Id(10)] public Value By;
    [Id(11)] public Value Initial;
    [Id(12)] public bool NeverCreate;
    [Id(13)] public StructureArguments? Structure;
    [Id(14)] public EntryMetadata? Metadata;
}

[RegisterConverter, RegisterCopier]
internal sealed class CacheCommandConverter : ShallowCopier<CacheCommand>, IConverter<CacheCommand, CacheCommandSurrogate>
{
    public CacheCommandSurrogate ConvertToSurrogate(in CacheCommand value) => new()
    {
        Operation = value.Operation,
        Value = value.Value,
        Expected = value.Expected,
        Ttl = value.Ttl,
        Sliding = value.Sliding,
        KeepTtl = value.KeepTtl,
        IfNotExists = value.IfNotExists,
        IfExists = value.IfExists,
        IfRevision = value.IfRevision,
        OpId = value.OpId,
        By = value.By,
        Initial = value.Initial,
        NeverCreate = !value.CreateIfMissing,
        Structure = value.Structure,
        Metadata = value.Metadata,
    };

    public CacheCommand ConvertFromSurrogate(in CacheCommandSurrogate surrogate) => new(surrogate.Operation)
    {
        Value = surrogate.Value,
        Expected = surrogate.Expected,
        Ttl = surrogate.Ttl,
        Sliding = surrogate.Sliding,
        KeepTtl = surrogate.KeepTtl,
        IfNotExists = surrogate.IfNotExists,
        IfExists = surrogate.IfExists,
        IfRevision = surrogate.IfRevision,
        OpId = surrogate.OpId,
        By = surrogate.By,
        Initial = surrogate.Initial,
        CreateIfMissing = !surrogate.NeverCreate,
        Structure = surrogate.Structure,
        Metadata = surrogate.Metadata,
    };
}

/// <summary>The arguments of structure operations.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.StructureArguments")]
internal struct StructureArgumentsSurrogate
{
    [Id(0)] public Value[]? Values;
    [Id(1)] public string[]? Fields;
    [Id(2)] public FieldUpdate[]? FieldUpdates;
    [Id(3)] public ScoredValue[]? ScoredValues;
    [Id(4)] public long? Index;
    [Id(5)] public long? Start;
    [Id(6)] public long? End;
    [Id(7)] public double? MinScore;
    [Id(8)] public double? MaxScore;
    [Id(9)] public int? Limit;
    [Id(10)] public Value[]? OtherSets;
    [Id(11)] public string[]? OtherSetKeys;
}

[RegisterConverter, RegisterCopier]
internal sealed class StructureArgumentsConverter : ShallowCopier<StructureArguments>, IConverter<StructureArguments, StructureArgumentsSurrogate>
{
    public StructureArgumentsSurrogate ConvertToSurrogate(in StructureArguments value) => new()
    {
        Values = value.Values.Items(),
        Fields = value.Fields.Items(),
        FieldUpdates = value.FieldUpdates.Items(),
        ScoredValues = value.ScoredValues.Items(),
        Index = value.Index,
        Start = value.Start,
        End = value.End,
        MinScore = value.MinScore,
        MaxScore = value.MaxScore,
        Limit = value.Limit,
        OtherSets = value.OtherSets.Items(),
        OtherSetKeys = value.OtherSetKeys.Items(),
    };

    public StructureArguments ConvertFromSurrogate(in StructureArgumentsSurrogate surrogate) => new()
    {
        Values = surrogate.Values.Frozen(),
        Fields = surrogate.Fields.Frozen(),
        FieldUpdates = surrogate.FieldUpdates.Frozen(),
        ScoredValues = surrogate.ScoredValues.Frozen(),
        Index = surrogate.Index,
        Start = surrogate.Start,
        End = surrogate.End,
        MinScore = surrogate.MinScore,
        MaxScore = surrogate.MaxScore,
        Limit = surrogate.Limit,
        OtherSets = surrogate.OtherSets.Frozen(),
        OtherSetKeys = surrogate.OtherSetKeys.Frozen(),
    };
}

/// <summary>One field of a map update.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.FieldUpdate")]
internal struct FieldUpdateSurrogate
{
    [Id(0)] public string? Field;
    [Id(1)] public Value Value;
    [Id(2)] public bool Increment;
}

[RegisterConverter, RegisterCopier]
internal sealed class FieldUpdateConverter : ShallowCopier<FieldUpdate>, IConverter<FieldUpdate, FieldUpdateSurrogate>
{
    public FieldUpdateSurrogate ConvertToSurrogate(in FieldUpdate value) =>
        new() { Field = value.Field, Value = value.Value, Increment = value.Increment };

    public FieldUpdate ConvertFromSurrogate(in FieldUpdateSurrogate surrogate) => new(surrogate.Field!, surrogate.Value, surrogate.Increment);
}

/// <summary>A member of a sorted set.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.ScoredValue")]
internal struct ScoredValueSurrogate
{
    [Id(0)] public Value Value;
    [Id(1)] public double? Score;
}

[RegisterConverter, RegisterCopier]
internal sealed class ScoredValueConverter : ShallowCopier<ScoredValue>, IConverter<ScoredValue, ScoredValueSurrogate>
{
    public ScoredValueSurrogate ConvertToSurrogate(in ScoredValue value) => new() { Value = value.Value, Score = value.Score.Unless(0) };

    public ScoredValue ConvertFromSurrogate(in ScoredValueSurrogate surrogate) => new(surrogate.Value, surrogate.Score ?? 0);
}

/// <summary>Descriptive data of an entry.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.EntryMetadata")]
internal struct EntryMetadataSurrogate
{
    [Id(0)] public string[]? Tags;
    [Id(1)] public string[]? Dependencies;
    [Id(2)] public double? ComputationCostMs;
    [Id(3)] public string? CreatedBy;
    [Id(4)] public double? QualityScore;
}

[RegisterConverter, RegisterCopier]
internal sealed class EntryMetadataConverter : ShallowCopier<EntryMetadata>, IConverter<EntryMetadata, EntryMetadataSurrogate>
{
    public EntryMetadataSurrogate ConvertToSurrogate(in EntryMetadata value) => new()
    {
        Tags = value.Tags.Items(),
        Dependencies = value.Dependencies.Items(),
        ComputationCostMs = value.ComputationCostMs.Unless(0),
        CreatedBy = value.CreatedBy.Unless(""),
        QualityScore = value.QualityScore.Unless(1),
    };

    public EntryMetadata ConvertFromSurrogate(in EntryMetadataSurrogate surrogate) => new()
    {
        Tags = surrogate.Tags.Frozen(),
        Dependencies = surrogate.Dependencies.Frozen(),
        ComputationCostMs = surrogate.ComputationCostMs ?? 0,
        CreatedBy = surrogate.CreatedBy ?? "",
        QualityScore = surrogate.QualityScore ?? 1,
    };
}
