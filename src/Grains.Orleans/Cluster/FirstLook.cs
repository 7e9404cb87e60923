using Grains.Orleans.Cache;
using Grains.Orleans.Functions;
using Grains.Orleans.Topics;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Cluster;

/// <summary>
/// What there is at the other silos, before this one counts as active and anybody may call it. Orleans starts grain services only afterwards; they
/// look again, for what has changed meanwhile. By now the silos that count as active have been reached.
/// </summary>
internal sealed class FirstLook(Silos silos, NamespaceSpread namespaces, CacheSilos caches, OrleansTopics topics, OrleansFunctions functions)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(FirstLook), ServiceLifecycleStage.ValidateInitialConnectivity + 1, _ => LookAsync());

    private async Task LookAsync()
    {
        foreach (var (_, configured) in await silos.AskAllAsync(async silo =>
            silo.Equals(silos.Local) ? [] : await caches.Of(silo).ConfiguredAsync()))
            await namespaces.ConfigureAsync(configured);
        await topics.LookAsync();
        await functions.LookAsync();
    }
}
