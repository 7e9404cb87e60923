using Orleans;

namespace Grains.Orleans.Tests.Figures;

internal sealed class PokeGrain : Grain, IPokeGrain
{
    public Task<int> PokeAsync(int number) => Task.FromResult(number);

    public Task TellAsync(IPokeObserver observer)
    {
        observer.Tell("0123456789");
        return Task.CompletedTask;
    }
}
