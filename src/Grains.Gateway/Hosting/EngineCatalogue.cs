using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Gateway.Hosting;

/// <summary>Makes the engine that the settings name, and the functions it hosts.</summary>
internal static class EngineCatalogue
{
    public static FunctionTable MakeFunctions(IServiceProvider services)
    {
        var settings = services.GetRequiredService<GrainsSettings>();
        var time = services.GetRequiredService<TimeProvider>();
        var table = new FunctionTable(settings.Functions, time);
        foreach (var registration in services.GetServices<FunctionRegistration>())
            table.Add(registration.Offer, registration.Function);
        if (settings.Grains.Samples)
            SampleFunctions.AddTo(table, time);
        return table;
    }

    public static IEngine MakeEngine(IServiceProvider services)
    {
        var settings = services.GetRequiredService<GrainsSettings>();
        if (!settings.Grains.Engine.Equals("local", StringComparison.OrdinalIgnoreCase))
            throw new GrainsSettingsException([
                $"{GrainsOptions.Section}:Engine: there is no engine '{settings.Grains.Engine}' in this build; there is: local.",
            ]);
        var node = new NodeInfo
        {
            NodeId = settings.Grains.NodeName,
            Resources = [.. settings.Grains.Resources],
            AdvertisedUrls = [.. UrlsOf(settings.Listen)],
        };
        return new LocalEngine(
            new LocalEngineSettings(settings.Cache, settings.Topics, settings.Functions, node),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ConnectionTable>(),
            services.GetRequiredService<FunctionTable>());
    }

    private static IEnumerable<string> UrlsOf(ListenOptions listen)
    {
        foreach (var (value, scheme) in new[] { (listen.Http, "ws"), (listen.Https, "wss"), (listen.Tcp, "tcp"), (listen.Tcps, "tcps") })
        {
            if (ListenOptions.TryParse(value, out var endPoint, out _))
                yield return $"{scheme}://{endPoint}";
        }
    }
}
