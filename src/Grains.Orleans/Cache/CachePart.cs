using Grains.Cache;
using Grains.Engine;
using Grains.Local;
using Grains.Orleans.Topics;

namespace Grains.Orleans.Cache;

/// <summary>The part of the cache that this silo has: its keys, and the changes that its namespaces tell.</summary>
internal sealed class CachePart : IDisposable
{
    public CachePart(CacheOptions options, TimeProvider time, ITopicEngine topics)
    {
        Events = new OrderedPublisher(message => topics.PublishAsync(default, message));
        Keys = new LocalCache(options, Publish, time);
    }

    public LocalCache Keys { get; }

    /// <summary>A key cannot wait in its turn for a topic on another silo; the order is kept here.</summary>
    public OrderedPublisher Events { get; }

    public void Dispose() => Keys.Dispose();

    private ValueTask<PublishReply> Publish(TopicMessage message)
    {
        Events.Add(message);
        return new(new PublishReply());
    }
}
