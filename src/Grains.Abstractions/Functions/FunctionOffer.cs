using System.Collections.Immutable;

namespace Grains;

/// <summary>A function as a provider offers it.</summary>
public sealed record FunctionOffer(string Function)
{
    /// <summary>Resource tags the provider has.</summary>
    public ImmutableArray<string> Locs { get; init; } = [];

    /// <summary>Providers of the highest priority are asked first.</summary>
    public int Priority { get; init; }

    /// <summary>Calls the provider runs at once at most; null means the server's limit.</summary>
    public int? ConcurrencyMax { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Parameter names in order, for people and <c>rpc_describe</c>.</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    public string Version { get; init; } = "1.0.0";

    /// <summary>Answers are kept per arguments for so long; null: never.</summary>
    public TimeSpan? CacheFor { get; init; }
}
