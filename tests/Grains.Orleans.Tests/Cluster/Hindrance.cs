using System.Collections.Concurrent;
using Orleans;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>What can come between programs: what one asks another, or its answer, is held up or lost as a test says, by the name of the method.</summary>
internal sealed class Hindrance : IOutgoingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, Func<Task>> _before = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<Task>> _after = new(StringComparer.Ordinal);

    /// <summary>Before it is asked.</summary>
    public void Before(string method, Func<Task> hindrance) => _before[method] = hindrance;

    /// <summary>When it has been answered.</summary>
    public void After(string method, Func<Task> hindrance) => _after[method] = hindrance;

    /// <summary>The next one is lost.</summary>
    public void LoseNext(string method)
    {
        var left = 1;
        Before(method, () => Interlocked.Decrement(ref left) >= 0 ? throw new TimeoutException() : Task.CompletedTask);
    }

    /// <summary>Holds up every one until it is ended.</summary>
    /// <param name="method">The method.</param>
    /// <param name="held">Ends when there is one.</param>
    public TaskCompletionSource Hold(string method, out Task held)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        held = came.Task;
        Before(method, () =>
        {
            came.TrySetResult();
            return gate.Task;
        });
        return gate;
    }

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        var method = $"{context.InterfaceMethod.DeclaringType!.Name}.{context.InterfaceMethod.Name}";
        if (_before.TryGetValue(method, out var before))
            await before();
        await context.Invoke();
        if (_after.TryGetValue(method, out var after))
            await after();
    }
}
