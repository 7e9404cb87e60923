using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>The topics of this node by name, and the index of everybody's patterns. Topics appear by use and go when nobody needs them.</summary>
internal sealed class TopicTable(TopicOptions options, TopicClock clock)
{
    /// <summary>How long it is remembered where the last epoch of a topic ended that no longer exists.</summary>
    private static readonly TimeSpan KeepEndedEpochsFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, TopicState> _topics = new(StringComparer.Ordinal);
    private int _existing;

    public PatternIndex<Subscription> Index { get; } = new();

    public TopicClock Clock { get; } = clock;

    public IEnumerable<TopicState> All => _topics.Values;

    public TopicState GetOrAdd(string name) =>
        _topics.TryGetValue(name, out var topic) ? topic : _topics.GetOrAdd(name, static n => new TopicState(n));

    public bool TryGet(string name, [NotNullWhen(true)] out TopicState? topic) => _topics.TryGetValue(name, out topic);

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

    /// <summary>In the topic's turn: ends its log.</summary>
    public void End(TopicState topic)
    {
        FeedsOf(topic);
        topic.End(Clock.Next());
        Interlocked.Decrement(ref _existing);
    }

    /// <summary>In the topic's turn: one feed for each subscription that matches.</summary>
    public TopicFeed[] FeedsOf(TopicState topic)
    {
        if (!topic.FeedsAreStale)
            return topic.Feeds;
        // First this, then the look: a subscription that comes in between says "stale" again, in a later turn.
        topic.FeedsAreStale = false;
        var feeds = new List<TopicFeed>();
        foreach (var subscription in Index.Match(topic.Name))
        {
            if (subscription.FeedOf(topic) is { } feed)
                feeds.Add(feed);
        }

        return topic.Feeds = [.. feeds];
    }

    /// <summary>Drops what is too old, ends topics that were made by use and are empty and unread, forgets names that nothing is kept of.</summary>
    public void Sweep(TopicState topic)
    {
        lock (topic.Turn)
        {
            var now = Clock.Next();
            topic.OpIds.Forget(now);
            topic.Log?.Expire(now);
            if (topic.Log is { Count: 0 } && !topic.Declared && !Index.HasLiteral(topic.Name))
                End(topic);
            if (!topic.IsForgettable(now, KeepEndedEpochsFor))
                return;
            topic.Removed = true;
            _topics.TryRemove(topic.Name, out _);
            foreach (var feed in topic.Feeds)
                feed.Subscription.Forget(topic);
        }
    }
}
