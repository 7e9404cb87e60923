namespace Grains.Engine;

/// <summary>An engine that <c>Grains:Engine</c> may name beside <c>local</c>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Make">Makes it; null when this build was made without it.</param>
/// <param name="LeftOut">Why this build has none, as a sentence; empty when it has.</param>
public sealed record EngineChoice(string Name, Func<IServiceProvider, IEngine>? Make, string LeftOut = "")
{
    /// <summary>The program itself hosts this engine, so it has no other.</summary>
    public bool IsHosted { get; init; }
}
