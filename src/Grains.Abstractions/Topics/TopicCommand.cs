using System.Collections.Immutable;

namespace Grains;

/// <summary>What a topic keeps. A message goes when any of the three is exceeded.</summary>
public sealed record TopicRetention
{
    public static readonly TopicRetention Default = new();

    public long MessagesMax { get; init; } = 1_000;

    public long BytesMax { get; init; } = 64 * 1024 * 1024;

    public TimeSpan AgeMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Refuse a publish to a full topic (<see cref="ErrorCode.TopicFull"/>) instead of dropping the oldest message.</summary>
    public bool RefuseWhenFull { get; init; }
}

/// <summary>An operation on a topic as a whole: <c>create</c>, <c>describe</c>, <c>list</c>, <c>trim</c>, <c>delete</c>, <c>presence</c>.</summary>
public sealed record TopicCommand(string Operation, string Topic)
{
    /// <summary>For <c>create</c>.</summary>
    public TopicRetention? Retention { get; init; }

    /// <summary>For <c>create</c>: an existing topic gets the new retention instead of an error.</summary>
    public bool Update { get; init; }

    /// <summary>For <c>trim</c>: the first offset kept.</summary>
    public long? Before { get; init; }

    /// <summary>For <c>list</c>: a pattern over topic names, and where the next piece begins.</summary>
    public string Pattern { get; init; } = "#";

    public string? Cursor { get; init; }

    public int? Limit { get; init; }

    public string? OpId { get; init; }
}

/// <summary>What is known of a topic.</summary>
public sealed record TopicDescription(string Name)
{
    public long Epoch { get; init; }

    /// <summary>Offset of the oldest record kept.</summary>
    public long FirstOffset { get; init; }

    /// <summary>The offset that the next record will get.</summary>
    public long NextOffset { get; init; }

    public long Bytes { get; init; }

    public int Subscriptions { get; init; }

    public TopicRetention Retention { get; init; } = TopicRetention.Default;

    /// <summary>Made by <c>create</c> rather than by use; it stays when it is empty and unread.</summary>
    public bool Declared { get; init; }

    /// <summary>Earlier epochs that are remembered, each with the offset at which it ended: a reader that had come so far goes on in the
    /// next epoch without loss, one that had not is told exactly what it missed.</summary>
    public ImmutableArray<TopicPosition> EndedEpochs { get; init; } = [];
}

/// <summary>A subscriber of a topic, for presence.</summary>
public sealed record SubscriberInfo(string ConnectionId, string SubscriptionId, string Subscriber, long SubscribedAtUs, string Pattern);

/// <summary>What a topic operation answers.</summary>
public sealed record TopicReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public ImmutableArray<TopicDescription> Topics { get; init; } = [];

    public ImmutableArray<SubscriberInfo> Subscribers { get; init; } = [];

    public string? Cursor { get; init; }

    public long AffectedCount { get; init; }

    public static TopicReply Fail(ErrorCode code, string message) => new() { Error = code, Message = message };
}

/// <summary>Reads a topic's log by position: what a consumer by offset asks.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Epoch">The epoch of <paramref name="Offset"/>; 0 means the current one.</param>
/// <param name="Offset">The first offset wanted; negative counts from the end.</param>
/// <param name="MessagesMax">At most this many records.</param>
/// <param name="BytesMax">At most this many bytes, but always at least one record when there is one.</param>
public sealed record ReadCommand(string Topic, long Epoch, long Offset, int MessagesMax = 100, int BytesMax = 1024 * 1024);

/// <summary>A piece of a topic's log.</summary>
public sealed record ReadReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public long Epoch { get; init; }

    public ImmutableArray<TopicRecord> Records { get; init; } = [];

    /// <summary>Offset of the oldest record kept.</summary>
    public long FirstOffset { get; init; }

    /// <summary>Where to read next.</summary>
    public long NextOffset { get; init; }

    /// <summary>The offset that the topic's next record will get.</summary>
    public long EndOffset { get; init; }

    public static ReadReply Fail(ErrorCode code, string message) => new() { Error = code, Message = message };
}
