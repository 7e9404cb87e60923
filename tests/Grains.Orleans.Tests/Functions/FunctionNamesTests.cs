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

    [Fact]
    public void What_is_no_longer_at_a_silo_is_forgotten_when_all_of_it_is_told()
    {
        var (silo, other) = (KnownSilos.Address(1), KnownSilos.Address(2));
        _names.Set(silo, new FunctionName("gone", NameOwners.Connections));
        _names.Set(silo, new FunctionName("changed", NameOwners.Connections));
        _names.Set(other, new FunctionName("other", NameOwners.Connections));
        _names.Replace(silo, [new FunctionName("changed", NameOwners.Server), new FunctionName("new", NameOwners.Connections)]);
        Assert.False(_names.IsOffered("gone"));
        Assert.Equal(NameOwners.Server, _names.Of(silo, "changed"));
        Assert.True(_names.IsOffered("new"));
        Assert.True(_names.IsOffered("other"));
    }
}
