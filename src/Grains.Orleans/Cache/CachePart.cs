using Grains.Cache;
using Grains.Engine;
using Grains.Local;
using Grains.Orleans.Topics;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Cache;

/// <summary>The part of the cache that this silo has: its keys, and the changes that its namespaces tell.</summary>
internal sealed class CachePart : IDisposable
{
    public CachePart(CacheOptions options, TimeProvider time, ITopicEngine topics, ILogger<CachePart> logger)
    {
        Events = new OrderedPublisher(message => topics.PublishAsync(default, message), logger);
        Keys = new LocalCache(options, Events.Add, time);
    }

    public LocalCache Keys { get; }

    /// <summary>A key cannot wait in its turn for a topic on another silo; the order is kept here.</summary>
    public OrderedPublisher Events { get; }

    public void Dispose() => Keys.Dispose();
}
