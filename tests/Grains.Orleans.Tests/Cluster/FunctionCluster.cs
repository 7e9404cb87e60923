using Grains.Engine;
using Grains.Functions;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Tests.Functions;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The functions of two silos of a test's own, with the connections spread over both: "a" and "b" are at different ones.</summary>
internal static class FunctionCluster
{
    public static FunctionsUnderTest Start(
        FunctionOptions? options = null, Action<FunctionTable>? functions = null, Action<ISiloBuilder>? configure = null)
    {
        options ??= new FunctionOptions();
        var time = new ManualTime();
        var connections = new RecordingProviders();
        var silos = TwoSilos.Start(new EngineSettings() with { Functions = options }, time, connections, MakeTable, configure: configure);
        var engine = new SpreadFunctions(silos);
        connections.Engine = engine;
        return new FunctionsUnderTest(
            engine,
            connections,
            time,
            id => silos.EngineOf(id).OpenAsync(id, new ConnectionInfo("test", "in-process", "")),
            id => silos.EngineOf(id).CloseAsync(id),
            silos.DisposeAsync);

        FunctionTable MakeTable()
        {
            var table = new FunctionTable(options, time);
            functions?.Invoke(table);
            return table;
        }
    }
}
