using Orleans;

namespace Grains.Orleans.Tests.Client;

/// <summary>What is between a client and its silos: while it is cut nothing arrives either way; when it is mended everything does, late.</summary>
internal sealed class CutLink : IOutgoingGrainCallFilter
{
    private volatile TaskCompletionSource _whole = Done();

    public void Cut() => _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend() => _whole.TrySetResult();

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        await _whole.Task;
        await context.Invoke();
        await _whole.Task;
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
