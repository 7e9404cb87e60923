using Grains.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Contracts;

/// <summary>The function contract on two silos, with the connections spread over both.</summary>
public sealed class ClusterFunctionContract : FunctionContract
{
    protected override int Nodes => 2;

    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        FunctionCluster.Start(options, functions);
}

/// <summary>The same of its providers.</summary>
public sealed class ClusterFunctionProviderContract : FunctionProviderContract
{
    protected override FunctionsUnderTest Start(FunctionOptions? options = null, Action<FunctionTable>? functions = null) =>
        FunctionCluster.Start(options, functions);
}
