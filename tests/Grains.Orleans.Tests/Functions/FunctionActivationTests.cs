using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Functions;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Functions;

/// <summary>The grain of a function is held while connections offer it, and no longer.</summary>
public sealed class FunctionActivationTests
{
    private readonly Hindrance _hindrance = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task An_activation_goes_when_its_last_provider_has_gone_with_its_silo()
    {
        var connections = new RecordingProviders();
        await using var silos = await TwoSilos.StartAsync(
            new EngineSettings(), new ManualTime(), connections, configure: silo => silo.AddOutgoingGrainCallFilter(_hindrance));
        var (here, there) = (new ConnectionId("here"), new ConnectionId("there"));
        var functions = silos.Engines[0].Functions;
        await silos.Engines[0].OpenAsync(here, new ConnectionInfo("test", "in-process", ""));
        await silos.Engines[1].OpenAsync(there, new ConnectionInfo("test", "in-process", ""));
        // It is where it was offered first.
        Assert.Equal(ErrorCode.None, (await functions.OfferAsync(here, new FunctionOffer("f"))).Error);
        Assert.Equal(ErrorCode.None, (await silos.Engines[1].Functions.OfferAsync(there, new FunctionOffer("f"))).Error);
        Assert.True(await functions.WithdrawAsync(here, "f"));
        Assert.Equal(1, await HeldAsync(silos));
        _hindrance.After($"{nameof(IFunctionGrain)}.{nameof(IFunctionGrain.CloseAsync)}", () =>
        {
            _closed.TrySetResult();
            return Task.CompletedTask;
        });

        await silos.Cluster.StopSiloAsync(silos.Cluster.Silos[1]).WaitAsync(Guard.Limit);

        await _closed.Task.WaitAsync(Guard.Limit);
        Assert.Equal(0, await HeldAsync(silos));
    }

    /// <summary>How many functions' grains the first silo has when everything is given up that nothing holds.</summary>
    private static async Task<int> HeldAsync(TwoSilos silos)
    {
        var management = silos.Cluster.Client.GetGrain<IManagementGrain>(0);
        var first = silos.Cluster.Silos[0].SiloAddress;
        await management.ForceActivationCollection([first], TimeSpan.Zero);
        var held = await management.GetDetailedGrainStatistics(hostsIds: [first]);
        return held.Count(grain => grain.GrainType.Contains(nameof(FunctionGrain), StringComparison.Ordinal));
    }
}
