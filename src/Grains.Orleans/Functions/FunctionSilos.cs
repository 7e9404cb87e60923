using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Grains.Orleans.Functions;

/// <summary>Reaches the function service of any silo.</summary>
internal sealed class FunctionSilos(IServiceProvider services) : GrainServiceClient<IFunctionSilo>(services)
{
    public IFunctionSilo Of(SiloAddress silo) => GetGrainService(silo);
}
