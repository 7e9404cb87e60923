using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Grains.Orleans.Topics;

/// <summary>Reaches the topic service of any silo.</summary>
internal sealed class TopicSilos(IServiceProvider services) : GrainServiceClient<ITopicSilo>(services)
{
    public ITopicSilo Of(SiloAddress silo) => GetGrainService(silo);
}
