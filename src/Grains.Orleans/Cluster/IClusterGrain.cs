using System.Collections.Immutable;
using Grains.Functions;
using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans;

/// <summary>
/// Asks the whole cluster: what no single key, topic or function knows. A stateless worker on the silo that the caller reaches, which asks the
/// others. Any key will do.
/// </summary>
[Alias("grains.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>Runs an operation over a namespace, as in <see cref="ICache"/>; key by key, on each silo that has some.</summary>
    [Alias("namespace")]
    [ResponseTimeout("01:00:00")]
    Task<NamespaceReply> ExecuteAsync([Immutable] NamespaceCommand command);

    /// <summary>Lists topics, or the subscribers of one, as in <see cref="ITopics"/>. Operations on one topic are its grain's
    /// (<see cref="ITopicGrain"/>), which this one asks.</summary>
    [Alias("topic")]
    Task<TopicReply> ExecuteAsync([Immutable] TopicCommand command);

    /// <summary>Providers whose function name matches a glob.</summary>
    [Alias("functions")]
    Task<ImmutableArray<FunctionInfo>> ListFunctionsAsync(string pattern);

    /// <summary>Every silo, the one that is asked first.</summary>
    [Alias("nodes")]
    Task<ImmutableArray<NodeInfo>> NodesAsync();
}
