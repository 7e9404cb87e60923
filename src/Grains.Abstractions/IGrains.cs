namespace Grains;

/// <summary>The three shared things of an application. Implemented over the engine in the same process and by the .NET client.</summary>
public interface IGrains
{
    ICache Cache { get; }

    ITopics Topics { get; }

    IFunctions Functions { get; }
}
