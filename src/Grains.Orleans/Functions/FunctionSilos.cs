using Grains.Orleans.Cluster;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Grains.Orleans.Functions;

/// <summary>Reaches the function service of any silo.</summary>
internal sealed class FunctionSilos(IServiceProvider services, Silos silos) : GrainServiceClient<IFunctionSilo>(services)
{
    public IFunctionSilo Of(SiloAddress silo) => GetGrainService(silo);

    /// <summary>Tells one until it has heard or is gone. Never fails.</summary>
    public Task TellAsync(SiloAddress silo, Func<IFunctionSilo, Task> tell) => silos.TellAsync(silo, other => tell(Of(other)));
}
