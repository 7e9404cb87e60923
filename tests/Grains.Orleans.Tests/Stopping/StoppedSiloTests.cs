using Grains.Client;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Functions;
using Grains.Tests.Hosting;
using Grains.Tests.Linearizability;
using Orleans.Configuration;
using Orleans.Hosting;

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

        Assert.All(workers.SelectMany(worker => worker.Refusals), IsOfUnknownOutcome);
    }

    [Fact]
    public async Task What_several_clients_see_of_the_same_keys_is_linearizable()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var here = await ConnectAsync(servers.First);
        await using var alsoHere = await ConnectAsync(servers.First);
        await using var there = await ConnectAsync(servers.Second, servers.First);
        await using var alsoThere = await ConnectAsync(servers.Second, servers.First);
        var (first, second) = await new Places(servers.First).KeysAsync("shared", here.Cache, there.Cache);
        CacheKey[] keys = [.. first.Take(4), .. second.Take(4)];
        var recorder = new HistoryRecorder(TimeProvider.System);
        HistoryClient[] clients =
            [.. new[] { here, alsoHere, there, alsoThere }.Select((client, i) => new HistoryClient(client.Cache, i, keys, recorder))];
        foreach (var key in keys)
            Assert.True(await clients[0].RunAsync(key, new KeyCall(CallKind.Put) { Operand = "0" }));
        foreach (var client in clients)
            client.Start();
        await Task.WhenAll(clients.Select(client => client.Done.MoreAsync(Enough)));

        await servers.Second.StopAsync().WaitAsync(Guard.Limit);

        await Task.WhenAll(clients.Select(client => client.Done.MoreAsync(Enough)));
        foreach (var client in clients)
            await client.FinishAsync();
        var fault = LinearizabilityChecker.Check(recorder.History);
        Assert.True(fault is null, fault?.ToString());
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

        Assert.All(publishers.SelectMany(publisher => publisher.Refusals), IsOfUnknownOutcome);
    }

    [Fact]
    public async Task More_moves_than_one_message_may_hold()
    {
        const int Kilobyte = 1024;
        await using var servers = await TwoServers.StartAsync(
            configure: silo => silo.Configure<SiloMessagingOptions>(messages => messages.MaxMessageBodySize = 2048 * Kilobyte));
        await using var here = await ConnectAsync(servers.First);
        await using var there = await ConnectAsync(servers.Second);
        var next = new Dictionary<string, TopicPosition>();
        var places = new Places(servers.First);
        var (_, keys) = await places.KeysAsync("large", here.Cache, there.Cache);
        var (_, topics) = await places.TopicsAsync("large", next, here.Topics, there.Topics);
        foreach (var key in keys.Take(4))
            await here.Cache.PutAsync(key, new byte[900 * Kilobyte]);
        // One log is longer than may be sent alone, and one is not.
        foreach (var (topic, messages) in new[] { (topics[0], 40), (topics[1], 8) })
        {
            for (var i = 0; i < messages; i++)
                await here.Topics.PublishAsync(topic, new byte[100 * Kilobyte]);
        }

        await servers.Second.StopAsync().WaitAsync(Guard.Limit);

        foreach (var key in keys.Take(4))
            Assert.Equal(900 * Kilobyte, (await here.Cache.GetAsync<byte[]>(key))!.Length);
        var cut = await here.Topics.ReadAsync(new ReadCommand(topics[0], 0, -1));
        Assert.Equal((next[topics[0]].Epoch, 41), (cut.Epoch, cut.EndOffset));
        Assert.InRange(cut.FirstOffset, 30, 40);
        var whole = await here.Topics.ReadAsync(new ReadCommand(topics[1], 0, -1));
        Assert.Equal((next[topics[1]].Epoch, 0, 9), (whole.Epoch, whole.FirstOffset, whole.EndOffset));
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

    /// <summary>A request that was on its way when the server closed its connection, or its silo: nobody can know whether it was read.</summary>
    private static void IsOfUnknownOutcome(string refusal) => Assert.Matches($"{ErrorCode.ConnectionLost}|{ErrorCode.NodeLost}", refusal);

    private static Task<GrainsClient> ConnectAsync(params TestServer[] servers) =>
        GrainsClient.ConnectAsync(new GrainsClientOptions([.. servers.Select(server => server.Tcp.ToString())]), TestContext.Current.CancellationToken);
}
