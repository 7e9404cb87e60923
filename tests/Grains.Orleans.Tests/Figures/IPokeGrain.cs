using Orleans;

namespace Grains.Orleans.Tests.Figures;

/// <summary>Does nothing, for the price of a call.</summary>
[Alias("grains.tests.IPokeGrain")]
public interface IPokeGrain : IGrainWithStringKey
{
    [Alias("poke")]
    Task<int> PokeAsync(int number);

    /// <summary>The address of the grain's silo.</summary>
    [Alias("where")]
    Task<string> WhereAsync();

    /// <summary>Calls the observer.</summary>
    [Alias("tell")]
    Task TellAsync(IPokeObserver observer);
}
