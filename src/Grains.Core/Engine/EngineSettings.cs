using Grains.Cache;
using Grains.Functions;
using Grains.Topics;

namespace Grains.Engine;

/// <summary>What every engine is made with: the limits of its three parts and what is known of its node.</summary>
public sealed record EngineSettings(CacheOptions Cache, TopicOptions Topics, FunctionOptions Functions, NodeInfo Node)
{
    /// <summary>Every default.</summary>
    public EngineSettings()
        : this(new CacheOptions(), new TopicOptions(), new FunctionOptions(), new NodeInfo())
    {
    }
}
