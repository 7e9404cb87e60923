using System.Globalization;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.InProcess;
using Grains.Orleans.Cache;
using Grains.Orleans.Cluster;
using Grains.Orleans.Functions;
using Grains.Orleans.Sessions;
using Grains.Orleans.Topics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.GrainDirectory;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Grains.Orleans;

/// <summary>Grains on Microsoft Orleans: <c>UseOrleans(silo => silo.AddGrains())</c> hosts them on the silos of a program of one's own; the
/// server does so itself when <c>Grains:Engine</c> is <c>orleans</c>.</summary>
public static class OrleansHosting
{
    /// <summary>The name that <c>Grains:Engine</c> uses.</summary>
    public const string EngineName = "orleans";

    private static readonly TimeSpan MoveTimeout = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Hosts keys, topics and functions on this silo, and provides <see cref="IGrains"/>, <see cref="ICache"/>, <see cref="ITopics"/> and
    /// <see cref="IFunctions"/> to the program. Grain storage named <see cref="OrleansNames.Storage"/> is in memory unless the silo has one, and
    /// its default grain directory is Orleans' distributed one unless it has another that survives the loss of a silo. The silo starts before the
    /// program's other hosted services, and stops after them. A program with a front door calls <c>builder.AddGrains()</c> before: clients then come
    /// in to these grains.
    /// </summary>
    public static ISiloBuilder AddGrains(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        var services = silo.Services;
        if (services.Any(service => service.ServiceType == typeof(IEngine)))
            StopPatiently(silo);
        if (!services.Any(service => service.IsKeyedService && Equals(service.ServiceKey, OrleansNames.Storage)))
            silo.AddMemoryGrainStorage(OrleansNames.Storage);
        AddDirectory(silo);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EngineSettings>();
        services.TryAddSingleton<ConnectionTable>();
        services.TryAddSingleton<IConnections>(provider => provider.GetRequiredService<ConnectionTable>());
        services.TryAddSingleton(provider => new FunctionTable(
            provider.GetRequiredService<EngineSettings>().Functions, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new EngineClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Silos>();
        services.AddSingleton<Moves>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<Moves>());
        AddCache(services);
        AddTopics(services);
        AddFunctions(services);
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, FirstLook>();
        services.AddSingleton<OrleansEngine>();
        services.AddSingleton(new EngineChoice(EngineName, MakeEngine) { IsHosted = true });
        services.TryAddSingleton(MakeEngine);
        AddSessions(services);
        AddUserApi(services);
        StartSiloFirst(services);
        return silo;
    }

    /// <summary>Lets the server's settings choose this engine: then the program is a silo, alone on this machine unless
    /// <paramref name="configure"/> or Orleans' own settings (<c>Orleans:Clustering</c>) say otherwise.</summary>
    public static void AddOrleansEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new EngineChoice(EngineName, MakeEngine));
        if (!EngineName.Equals(builder.Configuration["Grains:Engine"], StringComparison.OrdinalIgnoreCase))
            return;
        builder.UseOrleans(silo =>
        {
            if (configure is not null)
                configure(silo);
            else if (!builder.Configuration.GetSection("Orleans:Clustering").Exists())
                silo.UseLocalhostClustering();
            silo.AddGrains();
        });
    }

    /// <summary>The front door's clients are given their time first, and then every key and topic goes to another silo.</summary>
    private static void StopPatiently(ISiloBuilder silo)
    {
        // What cannot be read is refused where all settings are.
        if (!TimeSpan.TryParse(silo.Configuration["Grains:ShutdownTimeout"], CultureInfo.InvariantCulture, out var clients))
            clients = TimeSpan.FromSeconds(10);
        silo.Services.PostConfigure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromTicks(
            Math.Max(host.ShutdownTimeout.Ticks, (clients + MoveTimeout).Ticks)));
    }

    private static IEngine MakeEngine(IServiceProvider services) => services.GetRequiredService<OrleansEngine>();

    /// <summary>Orleans' usual directory drops, whenever a silo leaves, those activations of the others that it had written down: here that
    /// would be their keys and topics.</summary>
    private static void AddDirectory(ISiloBuilder silo)
    {
        if (silo.Services.Any(service => service.ServiceType == typeof(IGrainDirectory) && service.IsKeyedService
            && Equals(service.ServiceKey, GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY)))
            return;
#pragma warning disable ORLEANSEXP003 // For evaluation, says Orleans; there is no other that keeps the activations and needs no database.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
    }

    /// <summary>Hosted services stop in the opposite order of their start: so the silo runs before anybody is let in, and goes
    /// when all have left.</summary>
    private static void StartSiloFirst(IServiceCollection services)
    {
        foreach (var silo in services.Where(IsSilo).ToList())
        {
            services.Remove(silo);
            services.Insert(0, silo);
        }

        static bool IsSilo(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService) && !service.IsKeyedService
            && service.ImplementationType?.Assembly == typeof(Silo).Assembly;
    }

    private static void AddCache(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new CachePart(
            provider.GetRequiredService<EngineSettings>().Cache,
            provider.GetRequiredService<EngineClock>().Time,
            provider.GetRequiredService<OrleansTopics>(),
            provider.GetRequiredService<ILogger<CachePart>>()));
        services.AddSingleton<CacheSilos>();
        services.AddSingleton(provider => new NamespaceSpread(
            provider.GetRequiredService<EngineSettings>().Cache,
            provider.GetRequiredService<CachePart>(),
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<Silos>(),
            provider.GetRequiredService<CacheSilos>()));
        services.AddSingleton(provider => new OrleansCache(
            provider.GetRequiredService<EngineSettings>().Cache,
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<NamespaceSpread>().ExecuteAsync,
            provider.GetRequiredService<ILogger<OrleansCache>>()));
        services.AddGrainService<CacheSilo>();
    }

    private static void AddTopics(IServiceCollection services)
    {
        services.AddSingleton<TopicSilos>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OrleansTopics>(
            provider, provider.GetRequiredService<EngineSettings>().Topics, provider.GetRequiredService<EngineClock>().Time));
        services.AddSingleton(provider => provider.GetRequiredService<OrleansTopics>().Hosted);
        services.AddGrainService<TopicSilo>();
    }

    private static void AddFunctions(IServiceCollection services)
    {
        services.AddSingleton<FunctionSilos>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OrleansFunctions>(
            provider, provider.GetRequiredService<EngineClock>().Time));
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, CallsFinish>();
        services.AddGrainService<FunctionSilo>();
    }

    /// <summary>For programs that are Orleans clients.</summary>
    private static void AddSessions(IServiceCollection services)
    {
        services.TryAddSingleton<ClientSessionOptions>();
        services.AddSingleton<SessionTable>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SessionTable>());
    }

    internal static void AddUserApi(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new InProcessGrains(
            provider.GetRequiredService<IEngine>(),
            provider.GetRequiredService<ConnectionTable>(),
            provider.GetRequiredService<EngineClock>().Time,
            provider.GetRequiredService<EngineSettings>().Functions));
        services.TryAddSingleton<IGrains>(provider => provider.GetRequiredService<InProcessGrains>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Cache);
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Topics);
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Functions);
    }
}
