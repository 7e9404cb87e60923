using System.Collections.Immutable;

namespace Grains;

/// <summary>Where a subscription starts.</summary>
public enum StartKind : byte
{
    /// <summary>With what is published from now on.</summary>
    New,

    /// <summary>With the last message of each topic, then what is new.</summary>
    Last,

    /// <summary>At an offset of each topic (<see cref="SubscribeCommand.StartOffset"/>), in its current epoch.</summary>
    Offset,

    /// <summary>At a server time (<see cref="SubscribeCommand.StartAtUs"/>).</summary>
    Time,

    /// <summary>At the positions in <see cref="SubscribeCommand.Resume"/>; topics not named there at
    /// <see cref="SubscribeCommand.StartAtUs"/>.</summary>
    Resume,
}

/// <summary>What happens when a subscription's queue is full.</summary>
public enum SlowReaderRule : byte
{
    /// <summary>Read the log from a cursor when there is room again: only retention can make it miss anything.
    /// The default of every start but <see cref="StartKind.New"/>.</summary>
    Lag,

    /// <summary>Drop the oldest queued message. The default of <see cref="StartKind.New"/>.</summary>
    DropOldest,

    /// <summary>Drop the message that does not fit.</summary>
    DropNewest,

    /// <summary>Keep only the newest message of each topic.</summary>
    KeepLatest,

    /// <summary>End the subscription.</summary>
    Close,
}

/// <summary>A pattern over topic names: words between dots, <c>*</c> one word, <c>#</c> any number of words.</summary>
/// <param name="Text">The pattern.</param>
/// <param name="Exact">Compare literally: <c>*</c> and <c>#</c> mean themselves.</param>
/// <param name="FoldCase">Compare without regard to letter case.</param>
public readonly record struct TopicPattern(string Text, bool Exact = false, bool FoldCase = false);

/// <summary>A subscription, as it is asked for.</summary>
public sealed record SubscribeCommand(string SubscriptionId, ImmutableArray<TopicPattern> Patterns)
{
    /// <summary>The name the subscriber gives itself, shown in presence.</summary>
    public string Subscriber { get; init; } = "";

    public StartKind Start { get; init; }

    /// <summary>For <see cref="StartKind.Offset"/>: the first offset wanted; negative counts from the end.</summary>
    public long StartOffset { get; init; }

    /// <summary>For <see cref="StartKind.Time"/> and <see cref="StartKind.Resume"/>: microseconds of the Unix epoch.</summary>
    public long StartAtUs { get; init; }

    /// <summary>With a start at a time: at most this many of the newest old messages of each topic.</summary>
    public int? BacklogCount { get; init; }

    /// <summary>For <see cref="StartKind.Resume"/>: the next position wanted of each topic seen.</summary>
    public ImmutableDictionary<string, TopicPosition> Resume { get; init; } = ImmutableDictionary<string, TopicPosition>.Empty;

    /// <summary>Of a resumed subscription: the server time of its first acknowledgement. Topics that <see cref="Resume"/> does not name
    /// start where they would have started then. 0: not resumed.</summary>
    public long AsOfUs { get; init; }

    /// <summary>Null: the default of the start.</summary>
    public SlowReaderRule? Rule { get; init; }

    /// <summary>Messages queued at most; null: the engine's own limit, which is also the upper bound.</summary>
    public int? QueueMessagesMax { get; init; }

    /// <summary>Tell <c>system.presence.PATTERN</c> when this subscription comes and goes.</summary>
    public bool Presence { get; init; }
}

/// <summary>The acknowledgement of a subscription.</summary>
public sealed record SubscribeReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    /// <summary>The server's time of the subscription: every message appended later is delivered. A client that resumes gives it
    /// back for topics it has not seen.</summary>
    public long SubscribedAtUs { get; init; }

    /// <summary>True when the same connection had a subscription of this id, which this one replaced.</summary>
    public bool Replaced { get; init; }

    public static SubscribeReply Fail(ErrorCode code, string message) => new() { Error = code, Message = message };
}
