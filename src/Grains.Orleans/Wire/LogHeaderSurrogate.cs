using Grains.Topics;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A log without its records.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.LogHeader")]
internal struct LogHeaderSurrogate
{
    [Id(0)] public long Epoch;
    [Id(1)] public long CreatedAtUs;
    [Id(2)] public TopicRetention? Retention;
    [Id(3)] public long FirstOffset;
    [Id(4)] public long NextOffset;
    [Id(5)] public long? TrimmedThroughUs;
    [Id(6)] public TopicPosition[]? Marks;
}

[RegisterConverter, RegisterCopier]
internal sealed class LogHeaderConverter : ShallowCopier<LogHeader>, IConverter<LogHeader, LogHeaderSurrogate>
{
    public LogHeaderSurrogate ConvertToSurrogate(in LogHeader value) => new()
    {
        Epoch = value.Epoch,
        CreatedAtUs = value.CreatedAtUs,
        Retention = value.Retention,
        FirstOffset = value.FirstOffset,
        NextOffset = value.NextOffset,
        TrimmedThroughUs = value.TrimmedThroughUs == long.MinValue ? null : value.TrimmedThroughUs,
        Marks = value.Marks.Items(),
    };

    public LogHeader ConvertFromSurrogate(in LogHeaderSurrogate surrogate) => new(
        surrogate.Epoch, surrogate.CreatedAtUs, surrogate.Retention ?? TopicRetention.Default, surrogate.FirstOffset, surrogate.NextOffset,
        surrogate.TrimmedThroughUs ?? long.MinValue)
    {
        Marks = surrogate.Marks.Frozen(),
    };
}
