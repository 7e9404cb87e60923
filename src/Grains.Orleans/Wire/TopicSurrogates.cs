using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>What a topic keeps. Every number is written: none of the type's defaults belongs to the wire.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicRetention")]
internal struct TopicRetentionSurrogate
{
    [Id(0)] public long MessagesMax;
    [Id(1)] public long BytesMax;
    [Id(2)] public TimeSpan AgeMax;
    [Id(3)] public bool RefuseWhenFull;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicRetentionConverter : ShallowCopier<TopicRetention>, IConverter<TopicRetention, TopicRetentionSurrogate>
{
    public TopicRetentionSurrogate ConvertToSurrogate(in TopicRetention value) => new()
    {
        MessagesMax = value.MessagesMax,
        BytesMax = value.BytesMax,
        AgeMax = value.AgeMax,
        RefuseWhenFull = value.RefuseWhenFull,
    };

    public TopicRetention ConvertFromSurrogate(in TopicRetentionSurrogate surrogate) => new()
    {
        MessagesMax = surrogate.MessagesMax,
        BytesMax = surrogate.BytesMax,
        AgeMax = surrogate.AgeMax,
        RefuseWhenFull = surrogate.RefuseWhenFull,
    };
}

/// <summary>An operation on a topic as a whole.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicCommand")]
internal struct TopicCommandSurrogate
{
    [Id(0)] public string Operation;
    [Id(1)] public string Topic;
    [Id(2)] public TopicRetention? Retention;
    [Id(3)] public bool Update;
    [Id(4)] public long? Before;
    [Id(5)] public string? Pattern;
    [Id(6)] public string? Cursor;
    [Id(7)] public int? Limit;
    [Id(8)] public string? OpId;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicCommandConverter : ShallowCopier<TopicCommand>, IConverter<TopicCommand, TopicCommandSurrogate>
{
    private const string UsualPattern = "#";

    public TopicCommandSurrogate ConvertToSurrogate(in TopicCommand value) => new()
    {
        Operation = value.Operation,
        Topic = value.Topic,
        Retention = value.Retention,
        Update = value.Update,
        Before = value.Before,
        Pattern = value.Pattern.Unless(UsualPattern),
        Cursor = value.Cursor,
        Limit = value.Limit,
        OpId = value.OpId,
    };

    public TopicCommand ConvertFromSurrogate(in TopicCommandSurrogate surrogate) => new(surrogate.Operation, surrogate.Topic)
    {
        Retention = surrogate.Retention,
        Update = surrogate.Update,
        Before = surrogate.Before,
        Pattern = surrogate.Pattern ?? UsualPattern,
        Cursor = surrogate.Cursor,
        Limit = surrogate.Limit,
        OpId = surrogate.OpId,
    };
}

/// <summary>What is known of a topic.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicDescription")]
internal struct TopicDescriptionSurrogate
{
    [Id(0)] public string Name;
    [Id(1)] public long Epoch;
    [Id(2)] public long FirstOffset;
    [Id(3)] public long NextOffset;
    [Id(4)] public long Bytes;
    [Id(5)] public int Subscriptions;
    [Id(6)] public TopicRetention? Retention;
    [Id(7)] public bool Declared;
    [Id(8)] public TopicPosition[]? EndedEpochs;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicDescriptionConverter : ShallowCopier<TopicDescription>, IConverter<TopicDescription, TopicDescriptionSurrogate>
{
    public TopicDescriptionSurrogate ConvertToSurrogate(in TopicDescription value) => new()
    {
        Name = value.Name,
        Epoch = value.Epoch,
        FirstOffset = value.FirstOffset,
        NextOffset = value.NextOffset,
        Bytes = value.Bytes,
        Subscriptions = value.Subscriptions,
        Retention = value.Retention,
        Declared = value.Declared,
        EndedEpochs = value.EndedEpochs.Items(),
    };

    public TopicDescription ConvertFromSurrogate(in TopicDescriptionSurrogate surrogate) => new(surrogate.Name)
    {
        Epoch = surrogate.Epoch,
        FirstOffset = surrogate.FirstOffset,
        NextOffset = surrogate.NextOffset,
        Bytes = surrogate.Bytes,
        Subscriptions = surrogate.Subscriptions,
        Retention = surrogate.Retention ?? TopicRetention.Default,
        Declared = surrogate.Declared,
        EndedEpochs = surrogate.EndedEpochs.Frozen(),
    };
}

/// <summary>A subscriber of a topic.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.SubscriberInfo")]
internal struct SubscriberInfoSurrogate
{
    [Id(0)] public string ConnectionId;
    [Id(1)] public string SubscriptionId;
    [Id(2)] public string Subscriber;
    [Id(3)] public long SubscribedAtUs;
    [Id(4)] public string Pattern;
}

[RegisterConverter, RegisterCopier]
internal sealed class SubscriberInfoConverter : ShallowCopier<SubscriberInfo>, IConverter<SubscriberInfo, SubscriberInfoSurrogate>
{
    public SubscriberInfoSurrogate ConvertToSurrogate(in SubscriberInfo value) => new()
    {
        ConnectionId = value.ConnectionId,
        SubscriptionId = value.SubscriptionId,
        Subscriber = value.Subscriber,
        SubscribedAtUs = value.SubscribedAtUs,
        Pattern = value.Pattern,
    };

    public SubscriberInfo ConvertFromSurrogate(in SubscriberInfoSurrogate surrogate) =>
        new(surrogate.ConnectionId, surrogate.SubscriptionId, surrogate.Subscriber, surrogate.SubscribedAtUs, surrogate.Pattern);
}

/// <summary>What a topic operation answers.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicReply")]
internal struct TopicReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public TopicDescription[]? Topics;
    [Id(3)] public SubscriberInfo[]? Subscribers;
    [Id(4)] public string? Cursor;
    [Id(5)] public long AffectedCount;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicReplyConverter : ShallowCopier<TopicReply>, IConverter<TopicReply, TopicReplySurrogate>
{
    public TopicReplySurrogate ConvertToSurrogate(in TopicReply value) => new()
    {
        Error = (int)value.Error,
        Message = value.Message,
        Topics = value.Topics.Items(),
        Subscribers = value.Subscribers.Items(),
        Cursor = value.Cursor,
        AffectedCount = value.AffectedCount,
    };

    public TopicReply ConvertFromSurrogate(in TopicReplySurrogate surrogate) => new()
    {
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
        Topics = surrogate.Topics.Frozen(),
        Subscribers = surrogate.Subscribers.Frozen(),
        Cursor = surrogate.Cursor,
        AffectedCount = surrogate.AffectedCount,
    };
}
