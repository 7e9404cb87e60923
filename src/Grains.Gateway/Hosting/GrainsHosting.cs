using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Authentication;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports.Epoll;
using Grains.Gateway.Transports.WebSockets;
using Grains.InProcess;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Grains.Gateway.Hosting;

/// <summary>
/// Grains in an ASP.NET Core program: <see cref="AddGrains"/> hosts the grains in the process and provides <see cref="IGrains"/>,
/// <see cref="ICache"/>, <see cref="ITopics"/>, <see cref="IFunctions"/> and <see cref="IDistributedCache"/>; <see cref="MapGrains"/> lets
/// clients in. The server is such a program.
/// </summary>
public static class GrainsHosting
{
    /// <summary>Hosts the grains in this program, with the settings below <c>Grains</c> in its configuration. In a program that is an Orleans silo
    /// and adds the grains to that, this comes first: then clients come in to the silo's grains, with these settings and functions.</summary>
    /// <exception cref="InvalidOperationException">The silo has been given grains with other settings before.</exception>
    public static GrainsBuilder AddGrains(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(IsHostedEngine) && services.All(service => service.ServiceType != typeof(GrainsSettings)))
            throw new InvalidOperationException("builder.AddGrains() comes before UseOrleans(silo => silo.AddGrains()).");
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ListenDefaults(false));
        services.TryAddSingleton(provider => new GrainsSettings(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<ListenDefaults>()));
        services.TryAddSingleton<ConnectionTable>();
        services.TryAddSingleton(EngineCatalogue.MakeFunctions);
        services.TryAddSingleton(EngineCatalogue.MakeSettings);
        services.TryAddSingleton(EngineCatalogue.MakeEngine);
        AddUserApi(services);
        AddFrontDoor(services);
        services.AddHealthChecks().AddCheck<ReadyCheck>("grains");
        return new GrainsBuilder(services);
    }

    /// <summary>Makes the program's Kestrel listen where <c>Grains:Listen</c> says, with its defaults: what the server does.</summary>
    public static void AddGrainsListeners(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Replace(ServiceDescriptor.Singleton(new ListenDefaults(true)));
        // The last one is asked first whether it binds an address.
        builder.Services.AddSingleton<IConnectionListenerFactory, WebTransport>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var settings = kestrel.ApplicationServices.GetRequiredService<GrainsSettings>();
            kestrel.AddServerHeader = false;
            if (ListenOptions.TryParse(settings.Listen.Http, out var http, out _))
                kestrel.Listen(http, static listen => listen.Protocols = HttpProtocols.Http1);
            if (ListenOptions.TryParse(settings.Listen.Https, out var https, out _))
            {
                kestrel.Listen(https, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.UseHttps(TcpListeners.HttpsOptions(settings.Tls));
                });
            }
        });
    }

    /// <summary>Lets clients of the native protocol connect by WebSocket to a path of this program.</summary>
    public static IEndpointConventionBuilder MapGrains(this IEndpointRouteBuilder endpoints, string pattern = "/")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var endpoint = new WebSocketEndpoint(
            services.GetRequiredService<ConnectionRunner>(),
            services.GetRequiredService<ProtocolCatalogue>().Native,
            services.GetRequiredService<OriginPolicy>().Allows);
        return endpoints.Map(pattern, endpoint.InvokeAsync);
    }

    private static void AddUserApi(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new InProcessGrains(
            provider.GetRequiredService<IEngine>(),
            provider.GetRequiredService<ConnectionTable>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<GrainsSettings>().Functions));
        services.TryAddSingleton<IGrains>(provider => provider.GetRequiredService<InProcessGrains>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Cache);
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Topics);
        services.TryAddSingleton(provider => provider.GetRequiredService<IGrains>().Functions);
        services.TryAddSingleton<IDistributedCache, GrainsDistributedCache>();
    }

    private static bool IsHostedEngine(ServiceDescriptor service) =>
        service is { IsKeyedService: false, ImplementationInstance: EngineChoice { IsHosted: true } };

    private static void AddFrontDoor(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new OriginPolicy(provider.GetRequiredService<GrainsSettings>().Authentication));
        services.TryAddSingleton(FrontDoor.MakeRunner);
        services.TryAddSingleton(provider => new EpollTransportFactory(
            provider.GetRequiredService<GrainsSettings>().Transport.Loops, TcpListeners.Bind));
        services.TryAddSingleton(FrontDoor.MakeProtocols);
        services.AddHostedService<InvalidationListener>();
        services.AddHostedService<GrainsService>();
    }
}
