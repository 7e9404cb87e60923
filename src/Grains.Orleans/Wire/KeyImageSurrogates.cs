using Grains.Cache;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A whole key.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.KeyImage")]
internal struct KeyImageSurrogate
{
    [Id(0)] public EntrySnapshot? Entry;
    [Id(1)] public long Revision;
    [Id(2)] public long CreatedAtUs;
    [Id(3)] public long LastAccessAtUs;
    [Id(4)] public long AccessCount;
    [Id(5)] public RememberedAnswer[]? Answers;
}

[RegisterConverter, RegisterCopier]
internal sealed class KeyImageConverter : ShallowCopier<KeyImage>, IConverter<KeyImage, KeyImageSurrogate>
{
    public KeyImageSurrogate ConvertToSurrogate(in KeyImage value) => new()
    {
        Entry = value.Entry,
        Revision = value.Revision,
        CreatedAtUs = value.CreatedAtUs,
        LastAccessAtUs = value.LastAccessAtUs,
        AccessCount = value.AccessCount,
        Answers = value.Answers.Items(),
    };

    public KeyImage ConvertFromSurrogate(in KeyImageSurrogate surrogate) => new()
    {
        Entry = surrogate.Entry,
        Revision = surrogate.Revision,
        CreatedAtUs = surrogate.CreatedAtUs,
        LastAccessAtUs = surrogate.LastAccessAtUs,
        AccessCount = surrogate.AccessCount,
        Answers = surrogate.Answers.Frozen(),
    };
}

/// <summary>The answer to a write with an op_id.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.RememberedAnswer")]
internal struct RememberedAnswerSurrogate
{
    [Id(0)] public string? OpId;
    [Id(1)] public string? Operation;
    [Id(2)] public CacheReply Reply;
    [Id(3)] public long LapsesAtUs;
}

[RegisterConverter, RegisterCopier]
internal sealed class RememberedAnswerConverter : ShallowCopier<RememberedAnswer>, IConverter<RememberedAnswer, RememberedAnswerSurrogate>
{
    public RememberedAnswerSurrogate ConvertToSurrogate(in RememberedAnswer value) =>
        new() { OpId = value.OpId, Operation = value.Operation, Reply = value.Reply, LapsesAtUs = value.LapsesAtUs };

    public RememberedAnswer ConvertFromSurrogate(in RememberedAnswerSurrogate surrogate) =>
        new(surrogate.OpId ?? "", surrogate.Operation ?? "", surrogate.Reply, surrogate.LapsesAtUs);
}
