namespace Grains;

/// <summary>Why messages were missed.</summary>
public enum GapReason : byte
{
    /// <summary>The reader was slow and its subscription's rule dropped them.</summary>
    SlowReader,

    /// <summary>Retention removed them before they were read.</summary>
    Retention,

    /// <summary>The topic has a new epoch; what the old one held beyond this position is not known, or many epochs in a row were missed and this
    /// tells of all of them.</summary>
    NewEpoch,

    /// <summary>The message is longer than this connection may be sent.</summary>
    TooLarge,
}

/// <summary>Exactly what a subscription missed: offsets from <see cref="From"/> up to, not including, <see cref="To"/>.
/// After <see cref="GapReason.NewEpoch"/> <see cref="To"/> is -1 and reading goes on in <see cref="NextEpoch"/> at
/// <see cref="NextOffset"/>.</summary>
public sealed record TopicGap(GapReason Reason, long Epoch, long From, long To, long NextEpoch, long NextOffset);

/// <summary>One thing delivered to a subscription: a record, or a gap.</summary>
public readonly record struct Delivery(string Topic, long Epoch, TopicRecord? Record, TopicGap? Gap = null, bool Backlog = false)
{
    /// <summary>What the delivery takes of its connection's credit.</summary>
    public int CostBytes => Record?.CostBytes ?? TopicRecord.OverheadBytes;
}
