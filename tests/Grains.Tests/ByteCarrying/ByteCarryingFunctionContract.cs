using Grains.Functions;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Tests.Functions;

namespace Grains.Tests.ByteCarrying;

/// <summary>The function contract with every port call, inbound and outbound, carried through bytes.</summary>
public sealed class ByteCarryingFunctionContract : FunctionContract
{
    internal static FunctionsUnderTest StartCarried(FunctionOptions? options, Action<FunctionTable>? functions)
    {
        options ??= new FunctionOptions();
        var time = new ManualTime();
        var table = new FunctionTable(options, time);
        functions?.Invoke(table);
        var connections = new RecordingProviders();
        var local = new LocalFunctions(options, time, new ByteCarryingConnections(connections), table);
        var engine = new ByteCarryingFunctions(local);
        connections.Engine = engine;
        return new FunctionsUnderTest(engine, connections, time, Open, Close, Stop);

        ValueTask Open(ConnectionId id)
        {
            local.OpenConnection(Bytes.Carry(id));
            return ValueTask.CompletedTask;
        }

        ValueTask Close(ConnectionId id)
        {
            local.CloseConnection(Bytes.Carry(id));
            return ValueTask.CompletedTask;
        }

        ValueTask Stop()
        {
            local.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        StartCarried(options, functions);
}

/// <summary>The same of its providers.</summary>
public sealed class ByteCarryingFunctionProviderContract : FunctionProviderContract
{
    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        ByteCarryingFunctionContract.StartCarried(options, functions);
}
