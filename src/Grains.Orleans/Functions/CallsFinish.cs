using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>When the silo stops, calls that it decides go on for a while after its grains have moved: who answers them may be anywhere.</summary>
internal sealed class CallsFinish(OrleansFunctions functions) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(CallsFinish), ServiceLifecycleStage.ApplicationServices, static _ => Task.CompletedTask, WaitAsync);

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Within);
        while (functions.Host.CallsRunning > 0 && !limit.IsCancellationRequested)
            await Task.Delay(PollPeriod, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
