using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Cache;
using Grains.Tests.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Two silos in the test's process, with real membership, messages and serialization between them. Connections belong to one or the other by
/// the hash of their id.</summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly EngineErrors _errors;

    private TwoSilos(InProcessTestCluster cluster, EngineErrors errors)
    {
        _cluster = cluster;
        _errors = errors;
        Engines = [.. cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<OrleansEngine>())];
    }

    public IReadOnlyList<OrleansEngine> Engines { get; }

    public InProcessTestCluster Cluster => _cluster;

    /// <param name="settings">Every silo's.</param>
    /// <param name="time">The clock of keys, topics and calls.</param>
    /// <param name="connections">The outbound port of both.</param>
    /// <param name="functions">The .NET functions of each silo.</param>
    /// <param name="published">Takes the changes of namespaces in place of the topics.</param>
    /// <param name="configure">What else every silo has.</param>
    public static async Task<TwoSilos> StartAsync(
        EngineSettings settings, TimeProvider time, IConnections connections, Func<FunctionTable>? functions = null, ITopicEngine? published = null,
        Action<ISiloBuilder>? configure = null)
    {
        var errors = new EngineErrors();
        var builder = new InProcessTestClusterBuilder(2);
        builder.Options.ConfigureFileLogging = false;
#pragma warning disable ORLEANSEXP003 // The directory that AddGrains uses, not one of the test cluster's own.
        builder.Options.UseDistributedGrainDirectory = true;
#pragma warning restore ORLEANSEXP003
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(settings);
            silo.Services.AddSingleton(new EngineClock(time));
            silo.Services.AddSingleton(connections);
            if (functions is not null)
                silo.Services.AddSingleton(functions());
            if (published is not null)
            {
                silo.Services.AddSingleton(services =>
                    new CachePart(settings.Cache, time, published, services.GetRequiredService<ILogger<CachePart>>()));
            }

            silo.AddGrains();
            // A million places, as is usual, cost half of the time that a silo takes to start.
            silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = 1_000);
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(errors));
            configure?.Invoke(silo);
        });
        var cluster = new InProcessTestCluster(builder.Options, new PortNumbers());
        try
        {
            await cluster.DeployAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"The cluster did not start. {string.Join(' ', errors.Others)}", error);
        }

        await KnowEachOtherAsync(cluster);
        return new TwoSilos(cluster, errors);
    }

    public static TwoSilos Start(
        EngineSettings settings, TimeProvider time, IConnections connections, Func<FunctionTable>? functions = null, ITopicEngine? published = null,
        Action<ISiloBuilder>? configure = null) =>
        Task.Run(() => StartAsync(settings, time, connections, functions, published, configure)).GetAwaiter().GetResult();

    public OrleansEngine EngineOf(ConnectionId connection)
    {
        var hash = 0;
        foreach (var letter in connection.Text)
            hash = (hash * 31) + letter;
        return Engines[(int)((uint)hash % (uint)Engines.Count)];
    }

    /// <summary>Starts another, which no connection is at.</summary>
    public async Task AddSiloAsync()
    {
        await _cluster.StartSilosAsync(1);
        await KnowEachOtherAsync(_cluster);
    }

    /// <summary>Stops all, and shows what failed in the engine without anybody having been told.</summary>
    public async ValueTask DisposeAsync()
    {
        // Stopped first: a cluster that is only disposed stays in memory, with everything that its silos had.
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        Assert.Empty(_errors.All);
    }

    private static Task KnowEachOtherAsync(InProcessTestCluster cluster)
    {
        var silos = cluster.Silos;
        return Task.WhenAll(silos.Select(async silo =>
        {
            await foreach (var snapshot in silo.ServiceProvider.GetRequiredService<IClusterMembershipService>().MembershipUpdates)
            {
                if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) == silos.Count)
                    return;
            }
        })).WaitAsync(RecordingConnections.Patience);
    }
}
