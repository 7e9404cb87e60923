using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Client;

/// <summary>What Orleans tells its client of the connection to the cluster. The session is ended before the client stops, and doubted when a gateway
/// has gone: a request that is under way to it is not answered, and Orleans would wait out its time.</summary>
internal sealed class ClusterClientEvents : ILifecycleParticipant<IClusterClientLifecycle>
{
    private volatile SessionLink? _link;

    public void Attach(SessionLink link) => _link = link;

    public void GatewaysChanged(object? sender, GatewayCountChangedEventArgs change)
    {
        if (change.NumberOfConnectedGateways < change.PreviousNumberOfConnectedGateways)
            _link?.Doubt();
    }

    public void Participate(IClusterClientLifecycle observer) => observer.Subscribe(
        nameof(ClusterClientEvents), ServiceLifecycleStage.Last, static _ => Task.CompletedTask,
        stopping => _link?.StopAsync(stopping) ?? Task.CompletedTask);
}
