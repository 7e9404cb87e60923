using Grains.Engine;
using Grains.Orleans.Topics;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Grains.Orleans.Tests.Client;

/// <summary>The grains as a program calls them that does not use the user API.</summary>
public sealed class PublicGrainTests
{
    [Fact]
    public async Task A_topics_grain_appends_and_reads_and_refuses_what_is_not_its_own()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var topic = cluster.Cluster.Client.GetGrain<ITopicGrain>("orders");
        Assert.Equal(0, (await topic.PublishAsync(new TopicMessage("orders", Value.From(1)), null)).Offset);
        Assert.Equal(1, (await topic.PublishAsync(new TopicMessage("orders", Value.From(2)), "id")).Offset);
        Assert.Equal(1, (await topic.PublishAsync(new TopicMessage("orders", Value.From(2)), "id")).Offset);
        Assert.Equal(2, (await topic.ReadAsync(new ReadCommand("orders", 0, 0))).Records.Length);
        Assert.Equal(2, Assert.Single((await topic.ExecuteAsync(new TopicCommand("describe", "orders"))).Topics).NextOffset);

        Assert.Equal(ErrorCode.InvalidName, (await topic.PublishAsync(new TopicMessage("other", Value.Null), null)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await topic.ExecuteAsync(new TopicCommand("create", "other"))).Error);
        Assert.Equal(ErrorCode.InvalidName, (await topic.ReadAsync(new ReadCommand("other", 0, 0))).Error);
        var endless = new string('x', 100_000);
        var tooLong = cluster.Cluster.Client.GetGrain<ITopicGrain>(endless);
        Assert.Equal(ErrorCode.InvalidName, (await tooLong.PublishAsync(new TopicMessage(endless, Value.Null), null)).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await topic.PublishAsync(new TopicMessage("orders", Value.Null) { MessageId = endless }, null)).Error);
    }

    [Fact]
    public async Task A_page_of_a_log_is_no_longer_than_pages_are()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        for (var i = 0; i < 5; i++)
            await cluster.Topics.PublishAsync("orders", new string('x', 400_000));
        var page = await cluster.Cluster.Client.GetGrain<ITopicGrain>("orders").LogAsync(0, 0, int.MaxValue);
        Assert.Equal(3, page.Records.Length);
    }

    [Fact]
    public async Task Asking_for_topics_that_there_are_not_keeps_no_name_and_holds_no_grain()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var hosted = cluster.Cluster.Silos[0].ServiceProvider.GetRequiredService<HostedTopics>();
        for (var i = 0; i < 10; i++)
        {
            var (read, described) = ($"read-{i}", $"described-{i}");
            var client = cluster.Cluster.Client;
            Assert.Equal(ErrorCode.TopicNotFound, (await client.GetGrain<ITopicGrain>(read).ReadAsync(new ReadCommand(read, 0, 0))).Error);
            var describe = new TopicCommand("describe", described);
            Assert.Equal(ErrorCode.TopicNotFound, (await client.GetGrain<ITopicGrain>(described).ExecuteAsync(describe)).Error);
            Assert.False(hosted.Has(read));
            Assert.False(hosted.Has(described));
        }

        Assert.Equal(0, hosted.Attached);
        await cluster.Topics.PublishAsync("orders", 1);
        Assert.Equal(1, hosted.Attached);
    }

    [Fact]
    public async Task A_keys_grain_runs_operations()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var key = cluster.Cluster.Client.GetKeyGrain(new CacheKey("n", "k"));
        Assert.Equal(CacheOutcome.Hit, (await key.ExecuteAsync(new CacheCommand("put") { Value = Value.Json("7") })).Outcome);
        Assert.Equal("7", (await key.ExecuteAsync(CacheCommand.Get)).Value.ToString());
        Assert.Equal(7, await cluster.Cache.GetAsync<int>(("n", "k")));
        var tooLong = cluster.Cluster.Client.GetKeyGrain(new CacheKey("n", new string('x', 100_000)));
        Assert.Equal(ErrorCode.InvalidName, (await tooLong.ExecuteAsync(CacheCommand.Get)).Error);
    }

    [Fact]
    public async Task A_keys_grain_restores_its_own_key_and_nothing_else()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var client = cluster.Cluster.Client;
        var all = client.GetGrain<IClusterGrain>(0);
        await cluster.Cache.PutAsync(("n", "k"), 7);
        var restore = new NamespaceCommand("restore", "n") { Data = (await all.ExecuteAsync(new NamespaceCommand("backup", "n"))).Data };
        await cluster.Cache.PutAsync(("n", "other"), 8);
        var both = restore with { Data = (await all.ExecuteAsync(new NamespaceCommand("backup", "n"))).Data };
        var key = client.GetKeyGrain(new CacheKey("n", "k"));
        Assert.Equal(ErrorCode.InvalidArgument, (await key.RestoreAsync(new NamespaceCommand("clear", "n"))).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await key.RestoreAsync(both)).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await key.RestoreAsync(restore with { Namespace = "m" })).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await key.RestoreAsync(restore with { Data = Value.Json("[]") })).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await client.GetKeyGrain(new CacheKey("n", "new")).RestoreAsync(restore)).Error);
        Assert.Equal(2, (await all.ExecuteAsync(new NamespaceCommand("count", "n"))).Count);

        await cluster.Cache.DeleteAsync(("n", "k"));
        Assert.Equal(1, (await key.RestoreAsync(restore)).AffectedCount);
        Assert.Equal(7, await cluster.Cache.GetAsync<int>(("n", "k")));
    }

    [Fact]
    public void A_key_has_one_grain()
    {
        var key = new CacheKey("n", "k");
        var name = KeyGrains.NameOf(key);
        Assert.Equal(key, KeyGrains.KeyOf(name));
        Assert.Throws<FormatException>(() => KeyGrains.KeyOf("0" + name));
        Assert.Throws<FormatException>(() => KeyGrains.KeyOf(name.Replace(",", ",0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_workers_grain_calls_functions_and_the_clusters_grain_tells_what_there_is()
    {
        await using var cluster = await ClientCluster.StartAsync();
        await using var offer = await cluster.Functions.OfferAsync("twice", (int n) => 2 * n);
        var deadline = (DateTimeOffset.UtcNow + TimeSpan.FromMinutes(1) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var call = new FunctionCall("twice") { Arguments = Value.Json("[21]") };
        var worker = cluster.Cluster.Client.GetGrain<IFunctionWorkerGrain>(0);
        Assert.Equal("42", (await worker.CallAsync(new CallCommand("mine", default, call, deadline))).Result.ToString());

        await cluster.Topics.PublishAsync("t", 1);
        await cluster.Cache.PutAsync(("n", "k"), 1);
        var all = cluster.Cluster.Client.GetGrain<IClusterGrain>(0);
        Assert.Equal("twice", Assert.Single(await all.ListFunctionsAsync("twi*")).Offer.Function);
        Assert.Contains((await all.ExecuteAsync(new TopicCommand("list", ""))).Topics, topic => topic.Name == "t");
        Assert.Equal(1, (await all.ExecuteAsync(new NamespaceCommand("count", "n"))).Count);
    }
}
