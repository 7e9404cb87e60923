using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Orleans.Cluster;
using Grains.Orleans.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Functions;

/// <summary>Every silo hears which functions there are at another, each in the order of the changes, and none for the others.</summary>
public sealed class NameTellerTests : IDisposable
{
    private readonly KnownSilos _known = new(NullLogger<Silos>.Instance);
    private readonly ConcurrentDictionary<SiloAddress, ConcurrentDictionary<string, NameOwners>> _heard = new();
    private readonly ConcurrentDictionary<SiloAddress, Func<Task>> _hindered = new();
    private readonly NameTeller _teller;

    public NameTellerTests()
    {
        _teller = new NameTeller(_known.Silos, HearAsync);
        for (var port = 1; port <= 2; port++)
            _known.Set(KnownSilos.Address(port), SiloStatus.Active);
    }

    [Fact]
    public async Task Every_other_silo_knows_when_it_has_been_waited_for()
    {
        _teller.Tell(new FunctionName("f", NameOwners.Connections));
        _teller.Tell(new FunctionName("g", NameOwners.Server));
        _teller.Tell(new FunctionName("f", NameOwners.None));
        await _teller.FlushAsync();
        Assert.Equal([KnownSilos.Address(1), KnownSilos.Address(2)], _heard.Keys.OrderBy(silo => silo.Endpoint.Port));
        Assert.All(_heard.Values, names => Assert.Equal((NameOwners.None, NameOwners.Server), (names["f"], names["g"])));
    }

    [Fact]
    public async Task A_silo_that_does_not_answer_holds_up_no_other_and_hears_the_last_of_it()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (slow, other) = (KnownSilos.Address(1), KnownSilos.Address(2));
        _hindered[slow] = () => gate.Task;
        _teller.Tell(slow, [new FunctionName("f", NameOwners.Connections)]);
        var heardByOther = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hindered[other] = () =>
        {
            heardByOther.TrySetResult();
            return Task.CompletedTask;
        };
        _teller.Tell(new FunctionName("f", NameOwners.Server));
        await heardByOther.Task.WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        _hindered[slow] = () => Task.CompletedTask;
        gate.SetException(new TimeoutException());
        await _teller.FlushAsync();
        Assert.All(_heard.Values, names => Assert.Equal(NameOwners.Server, names["f"]));
        Assert.Equal(2, _heard.Count);
    }

    [Fact]
    public async Task A_failure_that_nobody_expects_loses_nothing()
    {
        var failures = 2;
        _hindered[KnownSilos.Address(1)] = () =>
            Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("fault") : Task.CompletedTask;
        _teller.Tell(new FunctionName("f", NameOwners.Connections));
        await _teller.FlushAsync();
        _teller.Tell(new FunctionName("g", NameOwners.Connections));
        await _teller.FlushAsync();
        Assert.Equal(["f", "g"], _heard[KnownSilos.Address(1)].Keys.Order());
    }

    public void Dispose() => _known.Dispose();

    private async Task HearAsync(SiloAddress silo, ImmutableArray<FunctionName> names)
    {
        if (_hindered.TryGetValue(silo, out var hindrance))
            await hindrance();
        var heard = _heard.GetOrAdd(silo, _ => new ConcurrentDictionary<string, NameOwners>(StringComparer.Ordinal));
        foreach (var name in names)
            heard[name.Name] = name.Owners;
    }
}
