using Orleans;

namespace Grains.Orleans.Tests.Figures;

[Alias("grains.tests.IPokeObserver")]
public interface IPokeObserver : IGrainObserver
{
    [Alias("tell")]
    void Tell(string text);
}
