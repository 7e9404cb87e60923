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
        return _silos[function] = grains.GetGrain<IFunctionGrain>(function).WhereAsync();
    }

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
}
