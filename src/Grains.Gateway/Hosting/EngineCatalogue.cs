using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Gateway.Hosting;

/// <summary>Makes the engine that the settings name, and the functions it hosts.</summary>
internal static class EngineCatalogue
{
    private const string EngineSetting = GrainsOptions.Section + ":Engine";

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

    public static EngineSettings MakeSettings(IServiceProvider services)
    {
        var settings = services.GetRequiredService<GrainsSettings>();
        var node = new NodeInfo
        {
            NodeId = settings.Grains.NodeName,
            Resources = [.. settings.Grains.Resources],
            AdvertisedUrls = [.. UrlsOf(settings.Listen)],
        };
        return new EngineSettings(settings.Cache, settings.Topics, settings.Functions, node);
    }

    public static IEngine MakeEngine(IServiceProvider services)
    {
        var name = services.GetRequiredService<GrainsSettings>().Grains.Engine;
        EngineChoice[] choices = [.. services.GetServices<EngineChoice>()];
        if (choices.FirstOrDefault(choice => choice.IsHosted) is { Make: { } makeHosted } hosted)
        {
            var isOther = !name.Equals(hosted.Name, StringComparison.OrdinalIgnoreCase);
            if (isOther && services.GetRequiredService<IConfiguration>()[EngineSetting] is not null)
                throw new GrainsSettingsException([$"{EngineSetting} is {name}, but this program hosts the engine {hosted.Name}: leave it out."]);
            return makeHosted(services);
        }

        if (name.Equals("local", StringComparison.OrdinalIgnoreCase))
        {
            return new LocalEngine(
                services.GetRequiredService<EngineSettings>(),
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ConnectionTable>(),
                services.GetRequiredService<FunctionTable>());
        }

        var choice = choices.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (choice is { Make: { } make })
            return make(services);
        var others = string.Concat(choices.Where(c => c.Make is not null).Select(c => ", " + c.Name));
        throw new GrainsSettingsException([
            choice?.LeftOut ?? $"{EngineSetting}: there is no engine '{name}' in this build; there is: local{others}.",
        ]);
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
