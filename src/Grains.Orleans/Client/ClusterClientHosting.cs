using Grains.Connections;
using Grains.Engine;
using Grains.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Grains.Orleans;

/// <summary>The user API in a program that is an Orleans client of silos with Grains:
/// <c>UseOrleansClient(client => client.AddGrains())</c>.</summary>
public static class ClusterClientHosting
{
    /// <summary>
    /// Provides <see cref="IGrains"/>, <see cref="ICache"/>, <see cref="ITopics"/> and <see cref="IFunctions"/> to the program. Silos that have other
    /// limits than the defaults want the same <see cref="EngineSettings"/> registered here; what else can be set is in
    /// <see cref="ClusterClientOptions"/>.
    /// </summary>
    public static IClientBuilder AddGrains(this IClientBuilder client)
    {
        ArgumentNullException.ThrowIfNull(client);
        var services = client.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EngineSettings>();
        services.TryAddSingleton<ClusterClientOptions>();
        services.TryAddSingleton<ConnectionTable>();
        services.TryAddSingleton(provider => new EngineClock(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ClusterClientEvents>();
        services.AddSingleton<ILifecycleParticipant<IClusterClientLifecycle>>(provider => provider.GetRequiredService<ClusterClientEvents>());
        client.AddGatewayCountChangedHandler(provider => provider.GetRequiredService<ClusterClientEvents>().GatewaysChanged);
        services.TryAddSingleton<IEngine>(provider => ActivatorUtilities.CreateInstance<ClientEngine>(provider));
        OrleansHosting.AddUserApi(services);
        return client;
    }
}
