using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A message as its publisher made it.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicMessage")]
internal struct TopicMessageSurrogate
{
    [Id(0)] public string Topic;
    [Id(1)] public Value Payload;
    [Id(2)] public string? MessageId;
    [Id(3)] public string? Publisher;
    [Id(4)] public double? Timestamp;
    [Id(5)] public Value Headers;
    [Id(6)] public Value Key;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicMessageConverter : ShallowCopier<TopicMessage>, IConverter<TopicMessage, TopicMessageSurrogate>
{
    public TopicMessageSurrogate ConvertToSurrogate(in TopicMessage value) => new()
    {
        Topic = value.Topic,
        Payload = value.Payload,
        MessageId = value.MessageId,
        Publisher = value.Publisher,
        Timestamp = value.Timestamp,
        Headers = value.Headers,
        Key = value.Key,
    };

    public TopicMessage ConvertFromSurrogate(in TopicMessageSurrogate surrogate) => new(surrogate.Topic, surrogate.Payload)
    {
        MessageId = surrogate.MessageId,
        Publisher = surrogate.Publisher,
        Timestamp = surrogate.Timestamp,
        Headers = surrogate.Headers,
        Key = surrogate.Key,
    };
}

/// <summary>A message in a log, without a protocol's encoding of it, which belongs to one silo. Its cost is reckoned anew.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicRecord")]
internal struct TopicRecordSurrogate
{
    [Id(0)] public long Offset;
    [Id(1)] public long AppendedAtUs;
    [Id(2)] public TopicMessage Message;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicRecordConverter : ShallowCopier<TopicRecord>, IConverter<TopicRecord, TopicRecordSurrogate>
{
    public TopicRecordSurrogate ConvertToSurrogate(in TopicRecord value) =>
        new() { Offset = value.Offset, AppendedAtUs = value.AppendedAtUs, Message = value.Message };

    public TopicRecord ConvertFromSurrogate(in TopicRecordSurrogate surrogate) => new(surrogate.Offset, surrogate.AppendedAtUs, surrogate.Message);
}

/// <summary>A place in a log.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicPosition")]
internal struct TopicPositionSurrogate
{
    [Id(0)] public long Epoch;
    [Id(1)] public long Offset;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicPositionConverter : ShallowCopier<TopicPosition>, IConverter<TopicPosition, TopicPositionSurrogate>
{
    public TopicPositionSurrogate ConvertToSurrogate(in TopicPosition value) => new() { Epoch = value.Epoch, Offset = value.Offset };

    public TopicPosition ConvertFromSurrogate(in TopicPositionSurrogate surrogate) => new(surrogate.Epoch, surrogate.Offset);
}

/// <summary>The acknowledgement of a publish.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.PublishReply")]
internal struct PublishReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public long Epoch;
    [Id(3)] public long Offset;
    [Id(4)] public int Receivers;
    [Id(5)] public byte Durability;
    [Id(6)] public string? MessageId;
    [Id(7)] public long AppendedAtUs;
}

[RegisterConverter, RegisterCopier]
internal sealed class PublishReplyConverter : ShallowCopier<PublishReply>, IConverter<PublishReply, PublishReplySurrogate>
{
    public PublishReplySurrogate ConvertToSurrogate(in PublishReply value) => new()
    {
        Error = (int)value.Error,
        Message = value.Message,
        Epoch = value.Epoch,
        Offset = value.Offset,
        Receivers = value.Receivers,
        Durability = (byte)value.Durability,
        MessageId = value.MessageId,
        AppendedAtUs = value.AppendedAtUs,
    };

    public PublishReply ConvertFromSurrogate(in PublishReplySurrogate surrogate) => new()
    {
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
        Epoch = surrogate.Epoch,
        Offset = surrogate.Offset,
        Receivers = surrogate.Receivers,
        Durability = (Durability)surrogate.Durability,
        MessageId = surrogate.MessageId,
        AppendedAtUs = surrogate.AppendedAtUs,
    };
}
