using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Hosting;
using Grains.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Grains.Tests.ByteCarrying;

public static class ByteCarryingHosting
{
    /// <summary>Puts the Local engine behind bytes: for the <c>configure</c> of a test server.</summary>
    public static void UseByteCarryingEngine(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Replace(ServiceDescriptor.Singleton<IEngine>(services =>
        {
            var settings = services.GetRequiredService<GrainsSettings>();
            return new ByteCarryingEngine(services.GetRequiredService<ConnectionTable>(), outbound => new LocalEngine(
                new EngineSettings(settings.Cache, settings.Topics, settings.Functions, new NodeInfo()),
                services.GetRequiredService<TimeProvider>(),
                outbound,
                services.GetRequiredService<FunctionTable>()));
        }));
    }
}
