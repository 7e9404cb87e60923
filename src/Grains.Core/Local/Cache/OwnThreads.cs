namespace Grains.Local;

/// <summary>
/// Runs work that may take long on threads of its own, a few at a time, the others in the order they came. The pool's threads, which
/// serve the connections, stay free: the system gives each of them its turn beside these.
/// </summary>
internal sealed class OwnThreads
{
    private static readonly int ThreadsMax = Math.Max(2, Environment.ProcessorCount / 2);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _running;

    public async Task<T> RunAsync<T>(Func<T> work)
    {
        await EnterAsync();
        try
        {
            return await Task.Factory.StartNew(
                work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        finally
        {
            Leave();
        }
    }

    private Task EnterAsync()
    {
        lock (_lock)
        {
            if (_running < ThreadsMax)
            {
                _running++;
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    // Whoever waits takes the place over.
    private void Leave()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var next))
                next.SetResult();
            else
                _running--;
        }
    }
}
