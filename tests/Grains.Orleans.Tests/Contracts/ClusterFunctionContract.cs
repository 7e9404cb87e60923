using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Tests.Functions;

namespace Grains.Orleans.Tests.Contracts;

/// <summary>The function contract on two silos, with the connections spread over both.</summary>
public sealed class ClusterFunctionContract : FunctionContract
{
    protected override int Nodes => 2;

    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null)
    {
        options ??= new FunctionOptions();
        var time = new ManualTime();
        var connections = new RecordingProviders();
        var silos = TwoSilos.Start(new EngineSettings() with { Functions = options }, time, connections, () =>
        {
            var table = new FunctionTable(options, time);
            functions?.Invoke(table);
            return table;
        });
        var engine = new SpreadFunctions(silos);
        connections.Engine = engine;
        return new FunctionsUnderTest(
            engine,
            connections,
            time,
            id => silos.EngineOf(id).OpenAsync(id, new ConnectionInfo("test", "in-process", "")),
            id => silos.EngineOf(id).CloseAsync(id),
            silos.DisposeAsync);
    }
}
