using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Cache;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Two silos in the test's process, with real membership, messages and serialization between them. Connections belong to one or the other by
/// the hash of their id.</summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private TwoSilos(InProcessTestCluster cluster)
    {
        _cluster = cluster;
        Engines = [.. cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<OrleansEngine>())];
    }

    public IReadOnlyList<OrleansEngine> Engines { get; }

    public InProcessTestCluster Cluster => _cluster;

    /// <param name="settings">Every silo's.</param>
    /// <param name="time">The clock of keys, topics and calls.</param>
    /// <param name="connections">The outbound port of both.</param>
    /// <param name="functions">The .NET functions of each silo.</param>
    /// <param name="published">Takes the changes of namespaces in place of the topics.</param>
    public static async Task<TwoSilos> StartAsync(
        EngineSettings settings, TimeProvider time, IConnections connections, Func<FunctionTable>? functions = null, ITopicEngine? published = null)
    {
        var builder = new InProcessTestClusterBuilder(2);
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
                silo.Services.AddSingleton(new CachePart(settings.Cache, time, published));
            silo.AddGrains();
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TwoSilos(cluster);
    }

    public static TwoSilos Start(
        EngineSettings settings, TimeProvider time, IConnections connections, Func<FunctionTable>? functions = null, ITopicEngine? published = null) =>
        Task.Run(() => StartAsync(settings, time, connections, functions, published)).GetAwaiter().GetResult();

    public OrleansEngine EngineOf(ConnectionId connection)
    {
        var hash = 0;
        foreach (var letter in connection.Text)
            hash = (hash * 31) + letter;
        return Engines[(int)((uint)hash % (uint)Engines.Count)];
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
