using System.Text.Json;
using Grains.Client;
using Grains.Tests.Functions;
using Grains.Tests.Hosting;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>What a cluster tells of its nodes.</summary>
public sealed class NodesTests
{
    [Fact]
    public async Task Each_server_tells_of_all_nodes_and_of_the_others_until_they_stop()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var first = await GrainsClient.ConnectAsync(servers.First.Tcp.ToString(), TestContext.Current.CancellationToken);
        await using (var second = await GrainsClient.ConnectAsync(servers.Second.Tcp.ToString(), TestContext.Current.CancellationToken))
        {
            Assert.Equal(["node-1", "node-2"], await NodesAsync(first));
            Assert.Equal(["node-2", "node-1"], await NodesAsync(second));
            Assert.Equal(["node-2"], await PeersAsync(first));
            Assert.Equal(["node-1"], await PeersAsync(second));
        }

        await servers.Second.StopAsync().WaitAsync(Guard.Limit);

        Assert.Equal(["node-1"], await NodesAsync(first));
        Assert.Empty(await PeersAsync(first));
    }

    [Fact]
    public async Task A_peer_is_told_with_its_addresses()
    {
        await using var servers = await TwoServers.StartAsync(new Dictionary<string, string> { ["Resources:0"] = "gpu" });
        await using var first = await GrainsClient.ConnectAsync(servers.First.Tcp.ToString(), TestContext.Current.CancellationToken);
        var peer = Assert.Single((await first.Functions.CallAsync<JsonElement>("list_peers")).EnumerateArray());
        Assert.Equal("ws://127.0.0.1:0", peer.GetProperty("url").GetString());
        Assert.Equal(["ws://127.0.0.1:0", "tcp://127.0.0.1:0"], Texts(peer.GetProperty("advertised_urls")));
        Assert.Equal(["gpu"], Texts(peer.GetProperty("resources")));
        var map = await first.Functions.CallAsync<JsonElement>("cluster_map");
        Assert.Equal(map.GetProperty("cluster_id").GetString(), peer.GetProperty("cluster_id").GetString());
    }

    private static async Task<IEnumerable<string?>> NodesAsync(GrainsClient client) =>
        Names((await client.Functions.CallAsync<JsonElement>("cluster_map")).GetProperty("nodes"));

    private static async Task<IEnumerable<string?>> PeersAsync(GrainsClient client) => Names(await client.Functions.CallAsync<JsonElement>("list_peers"));

    private static IEnumerable<string?> Names(JsonElement nodes) => nodes.EnumerateArray().Select(node => node.GetProperty("node_id").GetString());

    private static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(item => item.GetString());
}
