namespace Grains.Orleans.Tests.Stopping;

/// <summary>Counts what has been done, and tells who waits for more of it.</summary>
internal sealed class Counter
{
    private readonly Lock _lock = new();
    private readonly List<(long At, TaskCompletionSource Reached)> _waiting = [];
    private long _count;

    public void Add()
    {
        lock (_lock)
        {
            _count++;
            _waiting.RemoveAll(waiting => waiting.At <= _count && waiting.Reached.TrySetResult());
        }
    }

    /// <summary>Ends when so many more have been done.</summary>
    public Task MoreAsync(int more)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting.Add((_count + more, reached));
        return reached.Task.WaitAsync(Patience);
    }

    /// <summary>Longer than a cluster needs to notice that a silo has gone.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
}
