using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>Which silo decides the calls of a function: where its grain is, as far as this silo knows. Known, it is told at once, so that calls keep
/// their order.</summary>
internal sealed class Deciders(IGrainFactory grains)
{
    private const int NamesKept = 10_000;

    private readonly ConcurrentDictionary<string, Task<SiloAddress>> _silos = new(StringComparer.Ordinal);

    public Task<SiloAddress> OfAsync(string function)
    {
        if (_silos.TryGetValue(function, out var known) && !known.IsFaulted)
            return known;
        if (_silos.Count >= NamesKept)
            _silos.Clear();
        // Those who wait go on one after the other, in the order in which they came.
        var asked = new TaskCompletionSource<SiloAddress>();
        var one = _silos.AddOrUpdate(function, asked.Task, (_, other) => other.IsFaulted ? asked.Task : other);
        if (one == asked.Task)
            _ = AskAsync(function, asked);
        return one;
    }

    /// <summary>The silo decides the function, as another has found out.</summary>
    public void Learn(string function, SiloAddress silo)
    {
        if (_silos.Count < NamesKept)
            _silos[function] = Task.FromResult(silo);
    }

    /// <returns>Null when it is not known.</returns>
    public SiloAddress? Find(string function) =>
        _silos.TryGetValue(function, out var known) && known.IsCompletedSuccessfully ? known.Result : null;

    /// <summary>The silo does not decide the function any more, or does not answer.</summary>
    public void Forget(string function, SiloAddress silo)
    {
        if (_silos.TryGetValue(function, out var known) && known.IsCompletedSuccessfully && known.Result.Equals(silo))
            _silos.TryRemove(KeyValuePair.Create(function, known));
    }

    public void Forget(SiloAddress silo)
    {
        foreach (var function in _silos.Keys)
            Forget(function, silo);
    }

    private async Task AskAsync(string function, TaskCompletionSource<SiloAddress> asked)
    {
        try
        {
            asked.SetResult(await grains.GetGrain<IFunctionGrain>(function).WhereAsync().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            // For those who wait; the next one asks anew.
            asked.SetException(error);
        }
    }
}
