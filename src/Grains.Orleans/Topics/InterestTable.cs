using System.Collections.Concurrent;
using Grains.Topics;
using Grains.Topics.Subscriptions;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// Every subscription of the cluster by its patterns, and through them the silos that read a topic hosted here: so a publish finds the silos that
/// want it, and knows how many subscriptions they are, without asking anybody.
/// </summary>
/// <param name="outboxOf">What is sent to a silo.</param>
/// <param name="forgotten">Told of topics that nothing is kept of any more.</param>
internal sealed class InterestTable(Func<SiloAddress, SiloOutbox> outboxOf, Action<string> forgotten) : ITopicReaders
{
    private readonly PatternIndex<RemoteSubscription> _patterns = new();
    private readonly ConcurrentDictionary<(SiloAddress, long), RemoteSubscription> _all = new();

    /// <returns>The subscription; null when it was known.</returns>
    public RemoteSubscription? Add(SiloAddress silo, Interest interest)
    {
        var subscription = new RemoteSubscription(silo, interest);
        if (!_all.TryAdd((silo, interest.Id), subscription))
            return null;
        foreach (var matcher in subscription.Matchers)
            _patterns.Add(matcher, subscription);
        return subscription;
    }

    /// <returns>The subscription; null when it was not known.</returns>
    public RemoteSubscription? Remove(SiloAddress silo, long id)
    {
        if (!_all.TryRemove((silo, id), out var subscription))
            return null;
        foreach (var matcher in subscription.Matchers)
            _patterns.Remove(matcher, subscription);
        return subscription;
    }

    public RemoteSubscription? Find(SiloAddress silo, long id) => _all.GetValueOrDefault((silo, id));

    public IReadOnlyList<RemoteSubscription> Of(SiloAddress silo) => [.. _all.Values.Where(subscription => subscription.Silo.Equals(silo))];

    public bool HasLiteral(string topic) => _patterns.HasLiteral(topic);

    public IEnumerable<ITopicReader> Of(TopicState topic)
    {
        var counts = new Dictionary<SiloAddress, int>();
        foreach (var subscription in _patterns.Match(topic.Name))
            counts[subscription.Silo] = counts.GetValueOrDefault(subscription.Silo) + 1;
        foreach (var (silo, count) in counts)
        {
            // One that was there goes on where it is.
            var reader = topic.Readers.OfType<SiloReader>().FirstOrDefault(known => known.Silo.Equals(silo)) ?? new SiloReader(topic, outboxOf(silo));
            reader.Subscriptions = count;
            yield return reader;
        }
    }

    public void Forgotten(TopicState topic) => forgotten(topic.Name);
}
