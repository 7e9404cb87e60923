using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Orleans.Cluster;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// Tells every other silo which functions there are here: to each one call at a time with what has changed meanwhile, again until it has heard or is
/// gone. A silo that does not answer holds up nobody but who waits for it, and that not for long.
/// </summary>
/// <param name="silos">The silos there are.</param>
/// <param name="tell">Tells one.</param>
internal sealed class NameTeller(Silos silos, Func<SiloAddress, ImmutableArray<FunctionName>, Task> tell)
{
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<SiloAddress, Pending> _pending = new();

    public void Tell(FunctionName name)
    {
        foreach (var silo in silos.Others)
            Tell(silo, [name]);
    }

    /// <summary>Tells one silo.</summary>
    public void Tell(SiloAddress silo, IEnumerable<FunctionName> names)
    {
        var pending = _pending.GetOrAdd(silo, static _ => new Pending());
        lock (pending.Lock)
        {
            foreach (var name in names)
                pending.Names[name.Name] = name;
            if (pending.Telling.IsCompleted && pending.Names.Count > 0)
                pending.Telling = TellAsync(silo, pending);
        }
    }

    public void Forget(SiloAddress silo) => _pending.TryRemove(silo, out _);

    /// <summary>Waits until every silo knows what was told before, though not for one that does not answer.</summary>
    public async Task FlushAsync()
    {
        var telling = _pending.Values.Select(pending => pending.Telling).Where(told => !told.IsCompleted).ToArray();
        if (telling.Length > 0)
            await Task.WhenAll(telling).WaitAsync(HeardWithin).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TellAsync(SiloAddress silo, Pending pending)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (pending.TakeAll() is { Length: > 0 } names)
            await silos.TellAsync(silo, other => tell(other, names)).ConfigureAwait(false);
    }

    /// <summary>What one silo has still to be told.</summary>
    private sealed class Pending
    {
        public Lock Lock { get; } = new();

        public Dictionary<string, FunctionName> Names { get; } = new(StringComparer.Ordinal);

        public Task Telling { get; set; } = Task.CompletedTask;

        /// <summary>Everything; nothing, and the telling has ended, when nobody has added more.</summary>
        public ImmutableArray<FunctionName> TakeAll()
        {
            lock (Lock)
            {
                ImmutableArray<FunctionName> names = [.. Names.Values];
                Names.Clear();
                if (names.Length == 0)
                    Telling = Task.CompletedTask;
                return names;
            }
        }
    }
}
