using Grains.Engine;
using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans;

/// <summary>
/// Runs calls on the silo that it is asked on: .NET functions there, others wherever their providers are. A stateless worker: there are as many as
/// the load asks for. Any key will do.
/// </summary>
[Alias("grains.IFunctionWorkerGrain")]
public interface IFunctionWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>Runs a call to its end.</summary>
    [Alias("call")]
    [ResponseTimeout("24:00:00")]
    Task<CallReply> CallAsync([Immutable] CallCommand command);
}
