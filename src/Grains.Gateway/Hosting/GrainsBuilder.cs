using Grains.Functions;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Gateway.Hosting;

/// <summary>What <see cref="GrainsHosting.AddGrains"/> gives back: the place to add functions.</summary>
public sealed class GrainsBuilder
{
    internal GrainsBuilder(IServiceCollection services)
    {
        Services = services;
    }

    public IServiceCollection Services { get; }

    /// <summary>Offers a .NET delegate to every client under this name. Parameters are bound by position and by name.</summary>
    public GrainsBuilder AddFunction(string name, Delegate function) => AddFunction(new FunctionOffer(name), function);

    /// <summary>Offers a .NET delegate with tags, a priority, a limit, or results that are kept for a while.</summary>
    public GrainsBuilder AddFunction(FunctionOffer offer, Delegate function)
    {
        Services.AddSingleton(new FunctionRegistration(offer, function));
        return this;
    }
}

/// <summary>A function that waits for its table to be made.</summary>
internal sealed record FunctionRegistration(FunctionOffer Offer, Delegate Function);
