using Grains.Orleans.Functions;
using Grains.Orleans.Tests.Cluster;

namespace Grains.Orleans.Tests.Functions;

/// <summary>Which silos have a function.</summary>
public sealed class FunctionNamesTests
{
    private readonly FunctionNames _names = new();

    [Fact]
    public void A_silo_that_is_not_active_is_called_only_when_there_is_no_other()
    {
        var (stopping, active) = (KnownSilos.Address(1), KnownSilos.Address(2));
        _names.Set(stopping, new FunctionName("f", NameOwners.Server));
        Assert.Equal([stopping], _names.Servers("f", active.Equals));
        _names.Set(active, new FunctionName("f", NameOwners.Server));
        Assert.Equal([active], _names.Servers("f", active.Equals));
        Assert.Empty(_names.Servers("g", active.Equals));
    }
}
