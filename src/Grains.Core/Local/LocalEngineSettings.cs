using Grains.Cache;
using Grains.Functions;
using Grains.Topics;

namespace Grains.Local;

/// <summary>What the Local engine is made with.</summary>
public sealed record LocalEngineSettings(CacheOptions Cache, TopicOptions Topics, FunctionOptions Functions, NodeInfo Node)
{
    /// <summary>Every default.</summary>
    public LocalEngineSettings()
        : this(new CacheOptions(), new TopicOptions(), new FunctionOptions(), new NodeInfo())
    {
    }
}
