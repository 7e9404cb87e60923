using Grains.Client;
using Grains.Orleans.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Functions;
using Grains.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>One of two servers stops in order while clients work: what it has moves to the other, and so do its clients.</summary>
public sealed class StoppedSiloTests
{
    private const int Enough = 200;

    [Fact]
    public async Task Keys_move_with_their_values_and_revisions()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var here = await ConnectAsync(servers.First);
        await using var there = await ConnectAsync(servers.Second, servers.First);
        var (first, second) = await new Places(servers.First).KeysAsync("moving", here.Cache, there.Cache);
        IReadOnlyList<CacheKey> keys = [.. first, .. second];
        KeyWorker[] workers = [new(here.Cache, keys.Where((_, i) => i % 2 == 0)), new(there.Cache, keys.Where((_, i) => i % 2 == 1))];
        foreach (var worker in workers)
            worker.Start();
        await Task.WhenAll(workers.Select(worker => worker.Done.MoreAsync(Enough)));

        await servers.Second.StopAsync().WaitAsync(Guard.Limit);

        await Task.WhenAll(workers.Select(worker => worker.Done.MoreAsync(Enough)));
        foreach (var worker in workers)
        {
            await worker.FinishAsync();
            Assert.Empty(worker.Faults);
            Assert.Empty(worker.Restarted);
        }

        Assert.Empty(workers[0].Refusals);
        Assert.All(workers[1].Refusals, IsOfLostConnection);
    }

    [Fact]
    public async Task Topics_move_with_their_logs_and_their_readers_miss_nothing()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var here = await ConnectAsync(servers.First);
        await using var there = await ConnectAsync(servers.Second, servers.First);
        await using var alsoHere = await ConnectAsync(servers.First);
        await using var alsoThere = await ConnectAsync(servers.Second, servers.First);
        var next = new Dictionary<string, TopicPosition>();
        var (first, second) = await new Places(servers.First).TopicsAsync("moving", next, here.Topics, there.Topics);
        IReadOnlyList<string> names = [.. first, .. second];
        await using var readerHere = await WatchedReader.StartAsync(here.Topics, "moving.*", next);
        await using var readerThere = await WatchedReader.StartAsync(there.Topics, "moving.*", next);
        Publisher[] publishers = [new(alsoHere.Topics, names, 1_000_000), new(alsoThere.Topics, names, 2_000_000)];
        foreach (var publisher in publishers)
            publisher.Start();
        await Task.WhenAll(publishers.Select(publisher => publisher.Done.MoreAsync(Enough)));

        await servers.Second.StopAsync().WaitAsync(Guard.Limit);

        await Task.WhenAll(publishers.Select(publisher => publisher.Done.MoreAsync(Enough)));
        foreach (var publisher in publishers)
            await publisher.FinishAsync();
        Published[] acknowledged = [.. publishers.SelectMany(publisher => publisher.Acknowledged)];
        foreach (var reader in new[] { readerHere, readerThere })
        {
            await reader.ReachAsync(acknowledged.GroupBy(published => published.Topic).Select(of => of.MaxBy(p => (p.Epoch, p.Offset))));
            reader.Check(acknowledged);
            Assert.Empty(reader.Gaps);
        }

        Assert.Empty(publishers[0].Refusals);
        Assert.All(publishers[1].Refusals, IsOfLostConnection);
    }

    [Fact]
    public async Task Calls_that_the_stopping_silo_decides_go_on_to_their_end()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var provider = await ConnectAsync(servers.First);
        await using var caller = await ConnectAsync(servers.First);
        await using var there = await ConnectAsync(servers.Second, servers.First);
        var gate = new TaskCompletionSource();
        var running = new Counter();
        var (first, second) = await new Places(servers.First).FunctionsAsync("work", provider.Functions, async (int n) =>
        {
            if (n > 0)
            {
                running.Add();
                await gate.Task;
            }

            return n;
        }, caller.Functions, there.Functions);
        IReadOnlyList<string> names = [.. first, .. second];
        var allRun = running.MoreAsync(names.Count);
        Task<int>[] calls = [.. names.Select((name, i) => caller.Functions.CallAsync<int>(name, i + 1).AsTask())];
        await allRun;

        var stopping = servers.Second.StopAsync();
        await Membership.UntilActiveAsync(servers.First.Services, 1);
        // Others are decided by the first server from now on.
        foreach (var name in names)
            Assert.Equal(0, await caller.Functions.CallAsync<int>(name, 0));
        Assert.False(stopping.IsCompleted);
        gate.SetResult();

        Assert.Equal(Enumerable.Range(1, names.Count), await Task.WhenAll(calls).WaitAsync(Guard.Limit));
        await stopping.WaitAsync(Guard.Limit);
        Assert.Equal(names.Count, (await caller.Functions.ListAsync("work-*")).Length);
    }

    /// <summary>A request that was on its way when the server closed the connection: its client cannot know whether it was read.</summary>
    private static void IsOfLostConnection(string refusal) => Assert.Contains(nameof(ErrorCode.ConnectionLost), refusal, StringComparison.Ordinal);

    private static Task<GrainsClient> ConnectAsync(params TestServer[] servers) =>
        GrainsClient.ConnectAsync(new GrainsClientOptions([.. servers.Select(server => server.Tcp.ToString())]), TestContext.Current.CancellationToken);
}
