using System.Collections.Immutable;

namespace Grains.Functions;

/// <summary>What <c>list_peers</c>, <c>cluster_map</c> and <c>rpc_list</c> say of a node.</summary>
public sealed record NodeInfo
{
    public string NodeId { get; init; } = "node-1";

    public string ClusterId { get; init; } = "local";

    public string Region { get; init; } = "local";

    /// <summary>Resource tags of the node: those of every function in the server that names none of its own.</summary>
    public ImmutableArray<string> Resources { get; init; } = [];

    /// <summary>URLs that clients can connect to.</summary>
    public ImmutableArray<string> AdvertisedUrls { get; init; } = [];
}
