using Grains.Client;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Functions;
using Grains.Tests.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>One of two servers is killed while clients work: what only it had is gone, and nobody is told otherwise.</summary>
public sealed class KilledSiloTests
{
    private const int Enough = 200;

    [Fact]
    public async Task Keys_of_the_other_silo_are_untouched_and_those_of_the_lost_one_answer_again()
    {
        await using var cluster = await KillableCluster.StartAsync();
        await using var here = await ConnectAsync(cluster.First.Tcp);
        await using var there = await ConnectAsync(cluster.Second.Tcp, cluster.First.Tcp);
        var (first, second) = await new Places(cluster.First).KeysAsync("kept", here.Cache, there.Cache);
        IReadOnlyList<CacheKey> keys = [.. first, .. second];
        KeyWorker[] workers = [new(here.Cache, keys.Where((_, i) => i % 2 == 0)), new(there.Cache, keys.Where((_, i) => i % 2 == 1))];
        foreach (var worker in workers)
            worker.Start();
        await Task.WhenAll(workers.Select(worker => worker.Done.MoreAsync(Enough)));

        await cluster.Second.KillAsync();

        await Membership.UntilActiveAsync(cluster.First.Services, 1);
        await Task.WhenAll(workers.Select(worker => worker.Done.MoreAsync(Enough)));
        foreach (var worker in workers)
        {
            await worker.FinishAsync();
            Assert.Empty(worker.Faults);
            Assert.DoesNotContain(worker.Restarted, first.Contains);
        }

        Assert.NotEmpty(workers.SelectMany(worker => worker.Restarted));
    }

    [Fact]
    public async Task Readers_get_what_was_acknowledged_once_or_are_told_that_it_is_gone()
    {
        await using var cluster = await KillableCluster.StartAsync();
        await using var here = await ConnectAsync(cluster.First.Tcp);
        await using var there = await ConnectAsync(cluster.Second.Tcp, cluster.First.Tcp);
        await using var alsoHere = await ConnectAsync(cluster.First.Tcp);
        // What a topic remembers by op_id is gone with it, so a client cannot repeat what it does not know the outcome of.
        await using var alsoThere = await ConnectAsync(retryWrites: false, cluster.Second.Tcp, cluster.First.Tcp);
        var next = new Dictionary<string, TopicPosition>();
        var (first, second) = await new Places(cluster.First).TopicsAsync("kept", next, here.Topics, there.Topics);
        IReadOnlyList<string> names = [.. first, .. second];
        await using var readerHere = await WatchedReader.StartAsync(here.Topics, "kept.*", next);
        await using var readerThere = await WatchedReader.StartAsync(there.Topics, "kept.*", next);
        Publisher[] publishers = [new(alsoHere.Topics, names, 1_000_000), new(alsoThere.Topics, names, 2_000_000)];
        foreach (var publisher in publishers)
            publisher.Start();
        await Task.WhenAll(publishers.Select(publisher => publisher.Done.MoreAsync(Enough)));

        await cluster.Second.KillAsync();

        await Membership.UntilActiveAsync(cluster.First.Services, 1);
        await Task.WhenAll(publishers.Select(publisher => publisher.Done.MoreAsync(Enough)));
        foreach (var publisher in publishers)
            await publisher.FinishAsync();
        Published[] acknowledged = [.. publishers.SelectMany(publisher => publisher.Acknowledged)];
        foreach (var reader in new[] { readerHere, readerThere })
        {
            await reader.ReachAsync(acknowledged.GroupBy(published => published.Topic).Select(of => of.MaxBy(p => (p.Epoch, p.Offset))));
            reader.Check(acknowledged);
            // Topics of the silo that is still there go on as they were; of the others a new epoch says that they have begun again.
            Assert.Equal(second.Order(), reader.Gaps.Select(gap => gap.Topic).Order());
            Assert.All(reader.Gaps, gap => Assert.Equal(GapReason.NewEpoch, gap.Gap.Reason));
        }
    }

    [Fact]
    public async Task Calls_of_providers_that_are_gone_fail_and_others_go_on()
    {
        await using var cluster = await KillableCluster.StartAsync();
        await using var lost = await ConnectAsync(cluster.Second.Tcp);
        await using var there = await ConnectAsync(cluster.Second.Tcp);
        await using var kept = await ConnectAsync(cluster.First.Tcp);
        await using var caller = await ConnectAsync(cluster.First.Tcp);
        var gate = new TaskCompletionSource<string>();
        var running = new Counter();
        var places = new Places(cluster.First);
        var work = (CancellationToken _) =>
        {
            running.Add();
            return gate.Task;
        };
        var (lostHere, lostThere) = await places.FunctionsAsync("lost", lost.Functions, work, caller.Functions, there.Functions);
        var (keptHere, keptThere) = await places.FunctionsAsync("kept", kept.Functions, work, caller.Functions, there.Functions);
        string[] names = [.. lostHere, .. lostThere, .. keptHere, .. keptThere];
        var allRun = running.MoreAsync(names.Length);
        var calls = names.ToDictionary(name => name, name => caller.Functions.CallAsync(new FunctionCall(name)).AsTask());
        await allRun;

        await cluster.Second.KillAsync();

        foreach (var name in lostHere)
            Assert.Equal(ErrorCode.ProviderLost, (await calls[name].WaitAsync(Guard.Limit)).Error);
        // Who decided these calls is gone, so nobody knows how they end.
        foreach (var name in lostThere.Concat(keptThere))
            Assert.Equal(ErrorCode.NodeLost, (await calls[name].WaitAsync(Guard.Limit)).Error);
        foreach (var name in keptHere)
            Assert.False(calls[name].IsCompleted);
        gate.SetResult("done");
        foreach (var name in keptHere)
            Assert.Equal("\"done\"", (await calls[name].WaitAsync(Guard.Limit)).Result.ToString());
        foreach (var name in keptHere.Concat(keptThere))
            Assert.Equal("done", await caller.Functions.CallAsync<string>(name));
        foreach (var name in lostHere.Concat(lostThere))
            Assert.Equal(ErrorCode.FunctionNotFound, (await caller.Functions.CallAsync(new FunctionCall(name))).Error);
        Assert.Empty(await caller.Functions.ListAsync("lost-*"));
    }

    [Fact]
    public async Task Calls_of_callers_that_are_gone_are_cancelled_at_their_providers()
    {
        await using var cluster = await KillableCluster.StartAsync();
        await using var provider = await ConnectAsync(cluster.First.Tcp);
        await using var caller = await ConnectAsync(cluster.Second.Tcp);
        await using var here = await ConnectAsync(cluster.First.Tcp);
        var running = new Counter();
        var cancelled = new Counter();
        var (first, second) = await new Places(cluster.First).FunctionsAsync("work", provider.Functions, async (CancellationToken wanted) =>
        {
            running.Add();
            await Task.Delay(Timeout.Infinite, wanted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.Add();
        }, here.Functions, caller.Functions);
        string[] names = [.. first, .. second];
        var (allRun, allCancelled) = (running.MoreAsync(names.Length), cancelled.MoreAsync(names.Length));
        Task[] calls = [.. names.Select(name => caller.Functions.CallAsync(new FunctionCall(name)).AsTask())];
        await allRun;

        await cluster.Second.KillAsync();

        foreach (var call in calls)
            Assert.Equal(ErrorCode.ConnectionLost, (await Assert.ThrowsAsync<GrainsException>(() => call.WaitAsync(Guard.Limit))).Code);
        await allCancelled;
    }

    private static Task<GrainsClient> ConnectAsync(params Uri[] servers) => ConnectAsync(retryWrites: true, servers);

    private static Task<GrainsClient> ConnectAsync(bool retryWrites, params Uri[] servers) => GrainsClient.ConnectAsync(
        new GrainsClientOptions([.. servers.Select(server => server.ToString())]) { RetryWrites = retryWrites }, TestContext.Current.CancellationToken);

    /// <summary>A server in the test's process, which stays, and one in a process of its own.</summary>
    private sealed class KillableCluster : IAsyncDisposable
    {
        private KillableCluster(TestServer first, ServerProcess second)
        {
            First = first;
            Second = second;
        }

        public TestServer First { get; }

        public ServerProcess Second { get; }

        public static async Task<KillableCluster> StartAsync()
        {
            var ports = TwoServers.FreePorts(2);
            var cluster = $"grains-{Guid.NewGuid():N}";
            var first = await TwoServers.StartAsync(1, ports[0], ports[0], cluster, configure: NoticeSoon);
            var second = await ServerProcess.StartAsync(2, ports[1], ports[0], cluster);
            await Membership.UntilActiveAsync(first.Services, 2);
            return new KillableCluster(first, second);
        }

        public async ValueTask DisposeAsync()
        {
            await Second.DisposeAsync();
            await First.DisposeAsync();
        }

        private static void NoticeSoon(ISiloBuilder silo)
        {
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
            });
            // With so short a time Orleans would hold back what was at the lost silo, in case that it still runs.
            silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);
        }
    }
}
