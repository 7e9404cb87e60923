namespace Grains.Topics.Subscriptions;

/// <summary>The subscriptions of this node by their patterns, and through them the feeds of a topic.</summary>
internal sealed class SubscriptionIndex : ITopicReaders
{
    private readonly PatternIndex<Subscription> _patterns = new();

    public void Add(Subscription subscription)
    {
        foreach (var matcher in subscription.Matchers)
            _patterns.Add(matcher, subscription);
    }

    public void Remove(Subscription subscription)
    {
        foreach (var matcher in subscription.Matchers)
            _patterns.Remove(matcher, subscription);
    }

    public HashSet<Subscription> Match(string topic) => _patterns.Match(topic);

    public bool HasLiteral(string topic) => _patterns.HasLiteral(topic);

    public IEnumerable<ITopicReader> Of(TopicState topic)
    {
        foreach (var subscription in _patterns.Match(topic.Name))
        {
            if (subscription.FeedOf(topic) is { } feed)
                yield return feed;
        }
    }

    public void Forgotten(TopicState topic)
    {
        foreach (var subscription in _patterns.Match(topic.Name))
            subscription.Forget(topic);
    }
}
