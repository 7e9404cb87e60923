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

    public Task<ImmutableArray<FunctionInfo>> ListFunctionsAsync(string pattern) => AskAsync(engine.Functions.ListAsync(pattern));

    public Task<ImmutableArray<NodeInfo>> NodesAsync() => AskAsync(engine.Functions.NodesAsync());

    /// <summary>Orleans does not carry the exception of the user API, nor one that has it inside.</summary>
    private static async Task<T> AskAsync<T>(ValueTask<T> ask)
    {
        try
        {
            return await ask;
        }
        catch (GrainsException error) when (error.Code == ErrorCode.NodeLost)
        {
            throw NodeLostException.Of(error);
        }
    }
}
