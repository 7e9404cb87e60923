using System.Reflection;
using Grains.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Grains.Orleans;

/// <summary>In place of the engine in a build without it: whoever asks for it is told why it is not there.</summary>
public static class OrleansHosting
{
    private static readonly string LeftOut = typeof(OrleansHosting).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "OrleansLeftOut").Value!;

    /// <summary>Makes <c>Grains:Engine=orleans</c> refuse to start, with the reason.</summary>
    public static void AddOrleansEngine(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(new EngineChoice("orleans", Make: null, LeftOut));
    }
}
