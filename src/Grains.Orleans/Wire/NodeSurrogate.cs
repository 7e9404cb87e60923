using Grains.Functions;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A node of the cluster.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.NodeInfo")]
internal struct NodeInfoSurrogate
{
    [Id(0)] public string NodeId;
    [Id(1)] public string ClusterId;
    [Id(2)] public string Region;
    [Id(3)] public string[]? Resources;
    [Id(4)] public string[]? AdvertisedUrls;
}

[RegisterConverter, RegisterCopier]
internal sealed class NodeInfoConverter : ShallowCopier<NodeInfo>, IConverter<NodeInfo, NodeInfoSurrogate>
{
    public NodeInfoSurrogate ConvertToSurrogate(in NodeInfo value) => new()
    {
        NodeId = value.NodeId,
        ClusterId = value.ClusterId,
        Region = value.Region,
        Resources = value.Resources.Items(),
        AdvertisedUrls = value.AdvertisedUrls.Items(),
    };

    public NodeInfo ConvertFromSurrogate(in NodeInfoSurrogate surrogate) => new()
    {
        NodeId = surrogate.NodeId,
        ClusterId = surrogate.ClusterId,
        Region = surrogate.Region,
        Resources = surrogate.Resources.Frozen(),
        AdvertisedUrls = surrogate.AdvertisedUrls.Frozen(),
    };
}
