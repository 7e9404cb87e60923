using System.Collections.Concurrent;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>References to the grains of topics, kept: to make one costs as much as a call.</summary>
internal sealed class TopicGrains(IGrainFactory factory)
{
    private const int KeptMax = 100_000;

    private readonly ConcurrentDictionary<string, ITopicGrain> _grains = new(StringComparer.Ordinal);

    public ITopicGrain Of(string topic)
    {
        if (_grains.TryGetValue(topic, out var grain))
            return grain;
        if (_grains.Count >= KeptMax)
            _grains.Clear();
        return _grains.GetOrAdd(topic, factory.GetGrain<ITopicGrain>(topic));
    }
}
