namespace Grains.Topics;

/// <summary>Limits and times of topics; section <c>Grains:Topics</c>.</summary>
public sealed class TopicOptions
{
    /// <summary>Characters of a topic's name, a pattern, a subscription id at most.</summary>
    public int TopicCharsMax { get; set; } = 1_024;

    /// <summary>Topics on this node at most.</summary>
    public int TopicsMax { get; set; } = 100_000;

    public int SubscriptionsPerConnectionMax { get; set; } = 1_000;

    public int PatternsPerSubscriptionMax { get; set; } = 64;

    /// <summary>What names and patterns may look like, and how many one connection may hold.</summary>
    public TopicNameOptions Names { get; set; } = new();

    /// <summary>What topics and connections share.</summary>
    public TopicBudgetOptions Budgets { get; set; } = new();

    /// <summary>Bytes that the logs of all topics may hold together; past it the largest lose their oldest messages. Default 1 GiB.</summary>
    public long MemoryBytesMax { get; set; } = 1L << 30;

    /// <summary>Messages queued for one subscription at most; a subscription may ask for less.</summary>
    public int QueueMessagesMax { get; set; } = 1_000;

    /// <summary>Bytes queued for one subscription at most.</summary>
    public long QueueBytesMax { get; set; } = 8 * 1024 * 1024;

    /// <summary>Answers that a topic remembers by op_id at most; one more id is refused.</summary>
    public int OpIdsPerTopicMax { get; set; } = 1_000;

    /// <summary>How long an answer is remembered.</summary>
    public TimeSpan OpIdKeepFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What a topic keeps that was made by use.</summary>
    public TopicRetention DefaultRetention { get; set; } = new();

    /// <summary>How often messages that are too old are looked for where nobody publishes.</summary>
    public TimeSpan JanitorPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Every error in the settings.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value) in new (string, long)[]
        {
            (nameof(TopicCharsMax), TopicCharsMax), (nameof(TopicsMax), TopicsMax),
            (nameof(SubscriptionsPerConnectionMax), SubscriptionsPerConnectionMax),
            (nameof(PatternsPerSubscriptionMax), PatternsPerSubscriptionMax), (nameof(QueueMessagesMax), QueueMessagesMax),
            (nameof(QueueBytesMax), QueueBytesMax), (nameof(OpIdsPerTopicMax), OpIdsPerTopicMax), (nameof(MemoryBytesMax), MemoryBytesMax),
            ("Names:WordsMax", Names.WordsMax), ("Names:ManyWordsMax", Names.ManyWordsMax),
            ("Names:PatternsPerConnectionMax", Names.PatternsPerConnectionMax),
        }.Concat(Budgets.Values.Select(budget => ("Budgets:" + budget.Name, budget.Value))))
        {
            if (value < 1)
                yield return $"Grains:Topics:{name} must be at least 1, not {value}.";
        }

        if (Names.TextCharsMax < 255)
            yield return $"Grains:Topics:Names:TextCharsMax must be at least 255, not {Names.TextCharsMax}.";

        if (OpIdKeepFor <= TimeSpan.Zero)
            yield return "Grains:Topics:OpIdKeepFor must be longer than zero.";
        if (JanitorPeriod < TimeSpan.FromMilliseconds(10))
            yield return "Grains:Topics:JanitorPeriod must be at least 10 ms.";
        if (TopicLog.Check(DefaultRetention) is { } wrong)
            yield return $"Grains:Topics:DefaultRetention: {wrong}";
    }
}
