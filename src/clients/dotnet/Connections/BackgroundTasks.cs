using System.Collections.Concurrent;

namespace Grains.Client.Connections;

/// <summary>Owns the tasks that nobody awaits: a fault is told to <see cref="GrainsClientOptions.OnError"/>, and closing the client waits for
/// all.</summary>
internal sealed class BackgroundTasks(Action<Exception>? onError)
{
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    public void Add(Task task)
    {
        if (task.IsCompletedSuccessfully)
            return;
        _running[task] = true;
        task.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Ends when every task has; their faults have been told.</summary>
    public async Task WhenAllEndedAsync()
    {
        while (!_running.IsEmpty)
            await Task.WhenAll(_running.Keys.Select(t => t.ContinueWith(_ => { }, TaskScheduler.Default))).ConfigureAwait(false);
    }

    /// <summary>Tells <see cref="GrainsClientOptions.OnError"/>. What that throws does not end what goes on here: it becomes an unobserved
    /// task exception.</summary>
    public void Tell(Exception error)
    {
        try
        {
            onError?.Invoke(error);
        }
        catch (Exception exception)
        {
            _ = Task.FromException(exception);
        }
    }

    private void Ended(Task task)
    {
        if (task.Exception is { } fault)
            Tell(fault.GetBaseException());
        _running.TryRemove(task, out _);
    }
}
