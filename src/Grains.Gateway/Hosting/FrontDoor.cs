using System.Reflection;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Authentication;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Protocols.Native;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Hosting;

/// <summary>Makes what all listeners share.</summary>
internal static class FrontDoor
{
    /// <summary>The version that <c>hello</c> tells.</summary>
    public static string Version { get; } =
        typeof(FrontDoor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static ConnectionRunner MakeRunner(IServiceProvider services)
    {
        var settings = services.GetRequiredService<GrainsSettings>();
        var credentials = new CredentialStore(settings.Authentication);
        return new ConnectionRunner(new ConnectionServices(
            services.GetRequiredService<IEngine>(),
            services.GetRequiredService<ConnectionTable>(),
            settings.Limits,
            credentials.IsRequired ? credentials : null,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ConnectionRunner>>()));
    }

    public static ProtocolCatalogue MakeProtocols(IServiceProvider services)
    {
        var settings = services.GetRequiredService<GrainsSettings>();
        var engine = services.GetRequiredService<IEngine>();
        var runner = new GraphRunner(engine.Functions, engine.Topics, services.GetRequiredService<TimeProvider>(), settings.Functions);
        return new ProtocolCatalogue(new NativeOptions(runner, Version, settings.Topics.SubscriptionsPerConnectionMax));
    }
}
