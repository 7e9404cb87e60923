using Grains.Orleans.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Client;

/// <summary>Silos in the test's process, and a program that is their client and uses the user API. Disposed, all of them stop.</summary>
internal sealed class ClientCluster : IGrains, IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private ClientCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public InProcessTestCluster Cluster => _cluster;

    public ICache Cache => Grains.Cache;

    public ITopics Topics => Grains.Topics;

    public IFunctions Functions => Grains.Functions;

    /// <summary>The client's.</summary>
    public IGrains Grains => _cluster.Client.ServiceProvider.GetRequiredService<IGrains>();

    /// <summary>The silo that has the client's session, and the other one.</summary>
    public InProcessSiloHandle SiloOfSession => _cluster.Silos.Single(silo => SessionsOf(silo).Count > 0);

    public InProcessSiloHandle OtherSilo => _cluster.Silos.First(silo => SessionsOf(silo).Count == 0);

    /// <param name="time">The clock of keys, topics and calls; null: the system's.</param>
    /// <param name="sessions">What the silos let clients have.</param>
    /// <param name="client">The client's settings.</param>
    /// <param name="silos">How many.</param>
    /// <param name="link">What can come between the client and the silos.</param>
    public static async Task<ClientCluster> StartAsync(
        TimeProvider? time = null, ClientSessionOptions? sessions = null, ClusterClientOptions? client = null, short silos = 2, IOutgoingGrainCallFilter? link = null)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(new EngineClock(time ?? TimeProvider.System));
            silo.Services.AddSingleton(sessions ?? new ClientSessionOptions());
            silo.AddGrains();
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        });
        builder.ConfigureClient(program =>
        {
            program.Services.AddSingleton(client ?? new ClusterClientOptions());
            program.AddGrains();
            if (link is not null)
                program.AddOutgoingGrainCallFilter(link);
            program.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new ClientCluster(cluster);
    }

    public static SessionTable SessionsOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<SessionTable>();

    /// <summary>The user API of a silo's own program.</summary>
    public static IGrains GrainsOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<IGrains>();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
