using System.Collections.Immutable;
using Grains.Functions;
using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans.Cluster;

/// <summary>The silo's engine knows how to ask the others.</summary>
[StatelessWorker, Reentrant]
internal sealed class ClusterGrain(OrleansEngine engine) : Grain, IClusterGrain
{
    public Task<NamespaceReply> ExecuteAsync(NamespaceCommand command) => engine.Cache.ExecuteAsync(command).AsTask();

    public Task<TopicReply> ExecuteAsync(TopicCommand command) => engine.Topics.ExecuteAsync(command).AsTask();

    public Task<ImmutableArray<FunctionInfo>> ListFunctionsAsync(string pattern) => engine.Functions.ListAsync(pattern).AsTask();

    public Task<ImmutableArray<NodeInfo>> NodesAsync() => engine.Functions.NodesAsync().AsTask();
}
