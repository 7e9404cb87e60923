using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>The topics of this node by name. They appear by use and go when nobody needs them.</summary>
internal sealed class TopicTable(TopicOptions options, TopicClock clock, ITopicReaders readers)
{
    /// <summary>How long it is remembered where the last epoch of a topic ended that no longer exists.</summary>
    private static readonly TimeSpan KeepEndedEpochsFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, TopicState> _topics = new(StringComparer.Ordinal);
    private readonly Lock _relieving = new();
    private readonly Budget _opIds = new(options.Budgets.OpIdBytesMax);
    private long _bytes;
    private int _existing;

    public TopicClock Clock { get; } = clock;

    public IEnumerable<TopicState> All => _topics.Values;

    /// <summary>Names that exist or are remembered.</summary>
    public int Names => _topics.Count;

    /// <summary>Bytes of what all topics remember by op_id.</summary>
    public long OpIdBytes => _opIds.Used;

    /// <summary>Bytes of all logs, with what they remember of times.</summary>
    public long LogBytes => Interlocked.Read(ref _bytes);

    /// <summary>Why a new name is refused when existing topics and remembered names together are twice as many as topics may be.</summary>
    public const string TooManyNames = "There are as many topics as there may be.";

    /// <returns>Null when there are as many names as there may be; the next sweep forgets those that nothing is kept of.</returns>
    public TopicState? GetOrAdd(string name)
    {
        if (_topics.TryGetValue(name, out var topic))
            return topic;
        return _topics.Count < 2L * options.TopicsMax ? TakeIn(name) : null;
    }

    /// <summary>A topic that another node has made or had: the limit has been held there.</summary>
    public TopicState TakeIn(string name) => _topics.GetOrAdd(name, static (n, opIds) => new TopicState(n, opIds), _opIds);

    public TopicState? Find(string name) => _topics.GetValueOrDefault(name);

    public bool TryGet(string name, [NotNullWhen(true)] out TopicState? topic) => _topics.TryGetValue(name, out topic);

    /// <summary>In the topic's turn, after its log has changed.</summary>
    public void Account(TopicState topic)
    {
        var bytes = topic.Log?.MemoryBytes ?? 0;
        Interlocked.Add(ref _bytes, bytes - topic.AccountedBytes);
        topic.AccountedBytes = bytes;
    }

    /// <summary>Outside every turn: when the logs together are over the budget the largest lose their older half, until a tenth is free.
    /// Readers that were behind are told what they missed.</summary>
    public void Relieve()
    {
        if (Interlocked.Read(ref _bytes) <= options.MemoryBytesMax || !_relieving.TryEnter())
            return;
        try
        {
            foreach (var topic in _topics.Values.OrderByDescending(topic => topic.AccountedBytes))
            {
                if (Interlocked.Read(ref _bytes) <= options.MemoryBytesMax - (options.MemoryBytesMax / 10))
                    return;
                lock (topic.Turn)
                {
                    topic.Log?.Halve();
                    Account(topic);
                }
            }
        }
        finally
        {
            _relieving.Exit();
        }
    }

    /// <summary>The topics that a subscription's patterns match, existing or remembered.</summary>
    public List<TopicState> Matching(Subscription subscription)
    {
        var found = new List<TopicState>();
        if (subscription.Matchers.All(matcher => matcher.IsLiteral && !matcher.Pattern.FoldCase))
        {
            foreach (var matcher in subscription.Matchers)
            {
                if (_topics.TryGetValue(matcher.Pattern.Text, out var topic) && !found.Contains(topic))
                    found.Add(topic);
            }

            return found;
        }

        foreach (var (name, topic) in _topics)
        {
            foreach (var matcher in subscription.Matchers)
            {
                if (!matcher.Matches(name))
                    continue;
                found.Add(topic);
                break;
            }
        }

        return found;
    }

    /// <summary>In the topic's turn: its log, begun when there is none.</summary>
    /// <returns>Null when there are as many topics as there may be.</returns>
    public TopicLog? LogOf(TopicState topic, TopicRetention retention)
    {
        if (topic.Log is { } log)
            return log;
        if (Interlocked.Increment(ref _existing) > options.TopicsMax)
        {
            Interlocked.Decrement(ref _existing);
            return null;
        }

        return topic.Begin(Clock.Next(), retention);
    }

    /// <summary>In the topic's turn: it goes on with a log that was made elsewhere.</summary>
    public void Adopt(TopicState topic, TopicLog log, IEnumerable<EndedEpoch> ended)
    {
        if (topic.Log is null)
            Interlocked.Increment(ref _existing);
        topic.Adopt(log, ended);
        Account(topic);
    }

    /// <summary>In the topic's turn: this node has to do with it no more.</summary>
    public void Forget(TopicState topic)
    {
        if (topic.Log is not null)
            Interlocked.Decrement(ref _existing);
        topic.Adopt(null, []);
        Account(topic);
        topic.Removed = true;
        _topics.TryRemove(topic.Name, out _);
        readers.Forgotten(topic);
    }

    /// <summary>In the topic's turn: ends its log.</summary>
    public void End(TopicState topic)
    {
        ReadersOf(topic);
        topic.End(Clock.Next());
        Account(topic);
        Interlocked.Decrement(ref _existing);
    }

    /// <summary>In the topic's turn: everybody who reads it.</summary>
    public ITopicReader[] ReadersOf(TopicState topic)
    {
        if (!topic.ReadersAreStale)
            return topic.Readers;
        // First this, then the look: a subscription that comes in between says "stale" again, in a later turn.
        topic.ReadersAreStale = false;
        return topic.Readers = [.. readers.Of(topic)];
    }

    /// <summary>Drops what is too old, ends topics that were made by use and are empty and unread, forgets names that nothing is kept of.</summary>
    public void Sweep(TopicState topic)
    {
        lock (topic.Turn)
        {
            var now = Clock.Next();
            topic.OpIds.Forget(now);
            topic.Log?.Expire(now);
            Account(topic);
            if (topic.Log is { Count: 0 } && !topic.Declared && !readers.HasLiteral(topic.Name))
                End(topic);
            // Names of topics that were are a courtesy to their readers: when they are too many they go at once.
            if (!topic.IsForgettable(now, _topics.Count > options.TopicsMax ? TimeSpan.Zero : KeepEndedEpochsFor))
                return;
            Forget(topic);
        }
    }
}
