namespace Grains.Topics;

/// <summary>What many share in memory; section <c>Grains:Topics:Budgets</c>. Each is counted, and what does not fit has an error or a rule.</summary>
public sealed class TopicBudgetOptions
{
    /// <summary>Bytes of the answers that all topics remember by op_id at most; past it new ids are refused. Default 64 MiB; at least 1.</summary>
    public long OpIdBytesMax { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes queued for all subscriptions of one connection at most; past it a queue counts as full. Default 64 MiB; at least 1.</summary>
    public long QueueBytesPerConnectionMax { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes queued for all subscriptions of one connection that other connections' queues never take from it. Default 8 MiB; at least
    /// 1.</summary>
    public long QueueBytesGuaranteed { get; set; } = 8 * 1024 * 1024;

    /// <summary>Bytes queued for all connections of this node beyond what each is guaranteed at most; past it the queues of a connection that has
    /// used its share up count as full. Default 1 GiB; at least 1.</summary>
    public long QueuesBytesMax { get; set; } = 1L << 30;

    /// <summary>Gaps of one topic that wait in a row in one subscription at most; what follows grows the last. Default 16, which is as many ended
    /// epochs as a topic remembers; at least 1.</summary>
    public int GapsInRowMax { get; set; } = 16;

    /// <summary>Pairs of a subscription and a topic that it matches, of one connection, at most. Default 200,000; at least 1.</summary>
    public int FeedsPerConnectionMax { get; set; } = 200_000;

    /// <summary>Topics that the resumptions of one connection's subscriptions name together at most. Default 100,000; at least 1.</summary>
    public int ResumeTopicsPerConnectionMax { get; set; } = 100_000;

    /// <summary>The settings by name.</summary>
    internal IEnumerable<(string Name, long Value)> Values =>
    [
        (nameof(OpIdBytesMax), OpIdBytesMax), (nameof(QueueBytesPerConnectionMax), QueueBytesPerConnectionMax),
        (nameof(QueueBytesGuaranteed), QueueBytesGuaranteed), (nameof(QueuesBytesMax), QueuesBytesMax), (nameof(GapsInRowMax), GapsInRowMax),
        (nameof(FeedsPerConnectionMax), FeedsPerConnectionMax), (nameof(ResumeTopicsPerConnectionMax), ResumeTopicsPerConnectionMax),
    ];
}
