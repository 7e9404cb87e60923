using Grains.Topics.Subscriptions;

namespace Grains.Topics;

/// <summary>
/// A topic by name, over all its epochs: its turn, the log of the current epoch if there is one, and what outlives a log: the answers
/// remembered by op_id and where earlier epochs ended. Everything but the name is read and written in the turn.
/// Order of locks: a connection's delivery lock, then a turn, then a subscription's lock; the pattern index inside any of them.
/// </summary>
internal sealed class TopicState(string name, Budget opIdBudget)
{
    private const int EndedEpochsMax = 16;

    private readonly List<EndedEpoch> _ended = [];

    public string Name { get; } = name;

    public Lock Turn { get; } = new();

    /// <summary>Null while the topic does not exist.</summary>
    public TopicLog? Log { get; private set; }

    /// <summary>Made by create rather than by use.</summary>
    public bool Declared { get; set; }

    public TopicOpIds OpIds { get; } = new(opIdBudget);

    /// <summary>The bytes of the log that the table has counted.</summary>
    public long AccountedBytes { get; set; }

    /// <summary>One feed for each subscription that matches; found anew when <see cref="FeedsAreStale"/>.</summary>
    public TopicFeed[] Feeds { get; set; } = [];

    public bool FeedsAreStale { get; set; } = true;

    /// <summary>No longer in the table: whoever holds it looks it up again.</summary>
    public bool Removed { get; set; }

    public IReadOnlyList<EndedEpoch> EndedEpochs => _ended;

    /// <summary>Whether anything would be lost if the table forgot this name.</summary>
    public bool IsForgettable(long nowUs, TimeSpan keepEpochsFor) =>
        Log is null && OpIds.Count == 0 && (_ended.Count == 0 || _ended[^1].EndedAtUs < nowUs - keepEpochsFor.ToUs());

    public TopicLog Begin(long epoch, TopicRetention retention) => Log = new TopicLog(epoch, epoch, retention);

    /// <summary>Ends the current epoch: readers that were behind are told what they missed, and the log is gone.</summary>
    public void End(long nowUs)
    {
        foreach (var feed in Feeds)
            feed.EpochEnds(Log!);
        if (_ended.Count == EndedEpochsMax)
            _ended.RemoveAt(0);
        _ended.Add(new EndedEpoch(Log!.Epoch, Log.NextOffset, nowUs));
        Log = null;
        Declared = false;
    }
}

/// <summary>An epoch that is over, and the offset that its next record would have had.</summary>
internal readonly record struct EndedEpoch(long Epoch, long EndOffset, long EndedAtUs);
