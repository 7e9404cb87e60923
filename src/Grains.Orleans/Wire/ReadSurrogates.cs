using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A read by position. Both limits are written: neither of the type's defaults belongs to the wire.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.ReadCommand")]
internal struct ReadCommandSurrogate
{
    [Id(0)] public string Topic;
    [Id(1)] public long Epoch;
    [Id(2)] public long Offset;
    [Id(3)] public int MessagesMax;
    [Id(4)] public int BytesMax;
}

[RegisterConverter, RegisterCopier]
internal sealed class ReadCommandConverter : ShallowCopier<ReadCommand>, IConverter<ReadCommand, ReadCommandSurrogate>
{
    public ReadCommandSurrogate ConvertToSurrogate(in ReadCommand value) => new()
    {
        Topic = value.Topic,
        Epoch = value.Epoch,
        Offset = value.Offset,
        MessagesMax = value.MessagesMax,
        BytesMax = value.BytesMax,
    };

    public ReadCommand ConvertFromSurrogate(in ReadCommandSurrogate surrogate) =>
        new(surrogate.Topic, surrogate.Epoch, surrogate.Offset, surrogate.MessagesMax, surrogate.BytesMax);
}

/// <summary>A piece of a log.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.ReadReply")]
internal struct ReadReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public long Epoch;
    [Id(3)] public TopicRecord[]? Records;
    [Id(4)] public long FirstOffset;
    [Id(5)] public long NextOffset;
    [Id(6)] public long EndOffset;
}

[RegisterConverter, RegisterCopier]
internal sealed class ReadReplyConverter : ShallowCopier<ReadReply>, IConverter<ReadReply, ReadReplySurrogate>
{
    public ReadReplySurrogate ConvertToSurrogate(in ReadReply value) => new()
    {
        Error = (int)value.Error,
        Message = value.Message,
        Epoch = value.Epoch,
        Records = value.Records.Items(),
        FirstOffset = value.FirstOffset,
        NextOffset = value.NextOffset,
        EndOffset = value.EndOffset,
    };

    public ReadReply ConvertFromSurrogate(in ReadReplySurrogate surrogate) => new()
    {
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
        Epoch = surrogate.Epoch,
        Records = surrogate.Records.Frozen(),
        FirstOffset = surrogate.FirstOffset,
        NextOffset = surrogate.NextOffset,
        EndOffset = surrogate.EndOffset,
    };
}
