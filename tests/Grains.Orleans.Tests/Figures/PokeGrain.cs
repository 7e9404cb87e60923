using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Figures;

internal sealed class PokeGrain(ILocalSiloDetails silo) : Grain, IPokeGrain
{
    public Task<string> WhereAsync() => Task.FromResult(silo.SiloAddress.ToParsableString());

    public Task<int> PokeAsync(int number) => Task.FromResult(number);

    public Task TellAsync(IPokeObserver observer)
    {
        observer.Tell("0123456789");
        return Task.CompletedTask;
    }
}
