using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>What a cache operation answers. The first seven ids are a byte shorter than the others: they are those of a get and a put.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.CacheReply")]
internal struct CacheReplySurrogate
{
    [Id(0)] public byte Outcome;
    [Id(1)] public Value Value;
    [Id(2)] public long Revision;
    [Id(3)] public long OldRevision;
    [Id(4)] public bool Existed;
    [Id(5)] public EntryInfo Entry;
    [Id(6)] public Value OldValue;
    [Id(7)] public Value Result;
    [Id(8)] public long? Size;
    [Id(9)] public bool Repeated;
    [Id(10)] public int Error;
    [Id(11)] public string? Message;
}

[RegisterConverter, RegisterCopier]
internal sealed class CacheReplyConverter : ShallowCopier<CacheReply>, IConverter<CacheReply, CacheReplySurrogate>
{
    public CacheReplySurrogate ConvertToSurrogate(in CacheReply value) => new()
    {
        Outcome = (byte)value.Outcome,
        Value = value.Value,
        Revision = value.Revision,
        OldRevision = value.OldRevision,
        Existed = value.Existed,
        Entry = value.Entry,
        OldValue = value.OldValue,
        Result = value.Result,
        Size = value.Size,
        Repeated = value.Repeated,
        Error = (int)value.Error,
        Message = value.Message,
    };

    public CacheReply ConvertFromSurrogate(in CacheReplySurrogate surrogate) => new()
    {
        Outcome = (CacheOutcome)surrogate.Outcome,
        Value = surrogate.Value,
        Revision = surrogate.Revision,
        OldRevision = surrogate.OldRevision,
        Existed = surrogate.Existed,
        Entry = surrogate.Entry,
        OldValue = surrogate.OldValue,
        Result = surrogate.Result,
        Size = surrogate.Size,
        Repeated = surrogate.Repeated,
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
    };
}

/// <summary>What is known of an entry besides its value.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.EntryInfo")]
internal struct EntryInfoSurrogate
{
    [Id(0)] public long CreatedAtUs;
    [Id(1)] public long LastAccessAtUs;
    [Id(2)] public long AccessCount;
    [Id(3)] public long SizeBytes;
    [Id(4)] public TimeSpan? Ttl;
    [Id(5)] public long? ExpiresAtUs;
    [Id(6)] public EntryMetadata? Metadata;
}

[RegisterConverter, RegisterCopier]
internal sealed class EntryInfoConverter : ShallowCopier<EntryInfo>, IConverter<EntryInfo, EntryInfoSurrogate>
{
    public EntryInfoSurrogate ConvertToSurrogate(in EntryInfo value) => new()
    {
        CreatedAtUs = value.CreatedAtUs,
        LastAccessAtUs = value.LastAccessAtUs,
        AccessCount = value.AccessCount,
        SizeBytes = value.SizeBytes,
        Ttl = value.Ttl,
        ExpiresAtUs = value.ExpiresAtUs,
        Metadata = value.Metadata,
    };

    public EntryInfo ConvertFromSurrogate(in EntryInfoSurrogate surrogate) => new()
    {
        CreatedAtUs = surrogate.CreatedAtUs,
        LastAccessAtUs = surrogate.LastAccessAtUs,
        AccessCount = surrogate.AccessCount,
        SizeBytes = surrogate.SizeBytes,
        Ttl = surrogate.Ttl,
        ExpiresAtUs = surrogate.ExpiresAtUs,
        Metadata = surrogate.Metadata,
    };
}
