using Grains.Functions;
using Grains.Local;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

public sealed class LocalFunctionContract : FunctionContract
{
    internal static FunctionsUnderTest StartLocal(FunctionOptions? options, Action<FunctionTable>? functions, NodeInfo? node = null)
    {
        options ??= new FunctionOptions();
        var time = new ManualTime();
        var table = new FunctionTable(options, time);
        functions?.Invoke(table);
        var connections = new RecordingProviders();
        var engine = new LocalFunctions(options, time, connections, table, node);
        connections.Engine = engine;
        return new FunctionsUnderTest(
            engine,
            connections,
            time,
            id =>
            {
                engine.OpenConnection(id);
                return ValueTask.CompletedTask;
            },
            id =>
            {
                engine.CloseConnection(id);
                return ValueTask.CompletedTask;
            },
            () =>
            {
                engine.Dispose();
                return ValueTask.CompletedTask;
            });
    }

    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        StartLocal(options, functions);
}

public sealed class LocalFunctionProviderContract : FunctionProviderContract
{
    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        LocalFunctionContract.StartLocal(options, functions);
}
