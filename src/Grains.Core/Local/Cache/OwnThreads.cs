namespace Grains.Local;

/// <summary>
/// Runs work that may take long on threads of its own, a few at a time, the others in the order they came. The pool's threads, which
/// serve the connections, stay free: the system gives each of them its turn beside these.
/// </summary>
internal sealed class OwnThreads : IDisposable
{
    private readonly SemaphoreSlim _places = new(Math.Max(2, Environment.ProcessorCount / 2));

    public async Task<T> RunAsync<T>(Func<T> work)
    {
        await _places.WaitAsync();
        try
        {
            return await Task.Factory.StartNew(
                work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
