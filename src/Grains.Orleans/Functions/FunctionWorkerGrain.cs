using Grains.Engine;
using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans.Functions;

/// <summary>Runs calls where it is.</summary>
[StatelessWorker, Reentrant]
internal sealed class FunctionWorkerGrain(OrleansFunctions functions) : Grain, IFunctionWorkerGrain
{
    public Task<CallReply> CallAsync(CallCommand command) => functions.CallAsync(command).AsTask();
}
