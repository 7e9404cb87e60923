using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Grains.Orleans.Cache;

/// <summary>Reaches the cache service of any silo.</summary>
internal sealed class CacheSilos(IServiceProvider services) : GrainServiceClient<ICacheSilo>(services)
{
    public ICacheSilo Of(SiloAddress silo) => GetGrainService(silo);
}
