using System.Collections.Immutable;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A pattern over topic names.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicPattern")]
internal struct TopicPatternSurrogate
{
    [Id(0)] public string? Text;
    [Id(1)] public bool Exact;
    [Id(2)] public bool FoldCase;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicPatternConverter : ShallowCopier<TopicPattern>, IConverter<TopicPattern, TopicPatternSurrogate>
{
    public TopicPatternSurrogate ConvertToSurrogate(in TopicPattern value) =>
        new() { Text = value.Text, Exact = value.Exact, FoldCase = value.FoldCase };

    public TopicPattern ConvertFromSurrogate(in TopicPatternSurrogate surrogate) => new(surrogate.Text!, surrogate.Exact, surrogate.FoldCase);
}

/// <summary>A subscription, as it is asked for. Resumed topics and their positions are two arrays of one length.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.SubscribeCommand")]
internal struct SubscribeCommandSurrogate
{
    [Id(0)] public string SubscriptionId;
    [Id(1)] public TopicPattern[]? Patterns;
    [Id(2)] public string? Subscriber;
    [Id(3)] public byte Start;
    [Id(4)] public long StartOffset;
    [Id(5)] public long StartAtUs;
    [Id(6)] public int? BacklogCount;
    [Id(7)] public string[]? ResumeTopics;
    [Id(8)] public TopicPosition[]? ResumePositions;
    [Id(9)] public long AsOfUs;
    [Id(10)] public byte? Rule;
    [Id(11)] public int? QueueMessagesMax;
    [Id(12)] public bool Presence;
}

[RegisterConverter, RegisterCopier]
internal sealed class SubscribeCommandConverter : ShallowCopier<SubscribeCommand>, IConverter<SubscribeCommand, SubscribeCommandSurrogate>
{
    public SubscribeCommandSurrogate ConvertToSurrogate(in SubscribeCommand value) => new()
    {
        SubscriptionId = value.SubscriptionId,
        Patterns = value.Patterns.Items(),
        Subscriber = value.Subscriber.Unless(""),
        Start = (byte)value.Start,
        StartOffset = value.StartOffset,
        StartAtUs = value.StartAtUs,
        BacklogCount = value.BacklogCount,
        ResumeTopics = value.Resume.IsEmpty ? null : [.. value.Resume.Keys],
        ResumePositions = value.Resume.IsEmpty ? null : [.. value.Resume.Values],
        AsOfUs = value.AsOfUs,
        Rule = (byte?)value.Rule,
        QueueMessagesMax = value.QueueMessagesMax,
        Presence = value.Presence,
    };

    public SubscribeCommand ConvertFromSurrogate(in SubscribeCommandSurrogate surrogate) => new(surrogate.SubscriptionId, surrogate.Patterns.Frozen())
    {
        Subscriber = surrogate.Subscriber ?? "",
        Start = (StartKind)surrogate.Start,
        StartOffset = surrogate.StartOffset,
        StartAtUs = surrogate.StartAtUs,
        BacklogCount = surrogate.BacklogCount,
        Resume = Resumed(surrogate.ResumeTopics ?? [], surrogate.ResumePositions ?? []),
        AsOfUs = surrogate.AsOfUs,
        Rule = (SlowReaderRule?)surrogate.Rule,
        QueueMessagesMax = surrogate.QueueMessagesMax,
        Presence = surrogate.Presence,
    };

    private static ImmutableDictionary<string, TopicPosition> Resumed(string[] topics, TopicPosition[] positions) =>
        ImmutableDictionary.CreateRange(topics.Zip(positions, KeyValuePair.Create));
}

/// <summary>The acknowledgement of a subscription.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.SubscribeReply")]
internal struct SubscribeReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public long SubscribedAtUs;
    [Id(3)] public bool Replaced;
}

[RegisterConverter, RegisterCopier]
internal sealed class SubscribeReplyConverter : ShallowCopier<SubscribeReply>, IConverter<SubscribeReply, SubscribeReplySurrogate>
{
    public SubscribeReplySurrogate ConvertToSurrogate(in SubscribeReply value) => new()
    {
        Error = (int)value.Error,
        Message = value.Message,
        SubscribedAtUs = value.SubscribedAtUs,
        Replaced = value.Replaced,
    };

    public SubscribeReply ConvertFromSurrogate(in SubscribeReplySurrogate surrogate) => new()
    {
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
        SubscribedAtUs = surrogate.SubscribedAtUs,
        Replaced = surrogate.Replaced,
    };
}
