using Grains.Orleans.Topics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Client;

/// <summary>The silo that has a client's session is killed, or stops in order.</summary>
public sealed class LostSiloTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly ClusterClientOptions Hasty = new()
    {
        AnswerTimeout = TimeSpan.FromSeconds(1),
        PollTime = TimeSpan.FromSeconds(1),
        ReconnectDelayMin = TimeSpan.FromMilliseconds(10),
        ReconnectDelayMax = TimeSpan.FromMilliseconds(100),
        RequestTimeout = Patience,
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_subscription_goes_on_without_a_gap_and_nothing_comes_twice(bool kill)
    {
        await using var cluster = await ClientCluster.StartAsync(client: Hasty);
        await using var reader = new ReadSubscription(await cluster.Topics.SubscribeAsync(new SubscribeCommand("s", [new TopicPattern("news.#")])));
        var (lost, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var topic = await TopicOnAsync(left, "news");
        var unread = await TopicOnAsync(left, "news.unread");
        await PublishAsync(left, topic, 1, 20);
        await reader.WhenAsync(read => read.Any(delivery => delivery.Topic == topic));

        var publishing = PublishAsync(left, topic, 20, 40);
        await EndAsync(cluster, lost, kill);
        await publishing;
        await PublishAsync(left, topic, 40, 60);
        await PublishAsync(left, unread, 1, 4);

        var read = await reader.WhenAsync(read => Count(read, topic) >= 60 && Count(read, unread) >= 4);
        Assert.All(read, delivery => Assert.Null(delivery.Gap));
        Assert.Equal(Enumerable.Range(0, 60), ReadSubscription.PayloadsOf(read, topic));
        Assert.Equal(Enumerable.Range(0, 4), ReadSubscription.PayloadsOf(read, unread));
        Assert.Equal(1, ClientCluster.SessionsOf(left).Count);
    }

    [Fact]
    public async Task A_topic_that_is_lost_with_the_silo_is_told_by_a_gap_and_goes_on_in_a_new_epoch()
    {
        await using var cluster = await ClientCluster.StartAsync(client: Hasty);
        await using var reader = new ReadSubscription(await cluster.Topics.SubscribeAsync(new SubscribeCommand("s", [new TopicPattern("news.#")])));
        var (lost, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var topic = await TopicOnAsync(lost, "news");
        await PublishAsync(left, topic, 1, 5);
        await reader.WhenAsync(read => Count(read, topic) == 5);

        await EndAsync(cluster, lost, kill: true);
        await PublishAsync(left, topic, 5, 10);

        var read = await reader.WhenAsync(read => ReadSubscription.PayloadsOf(read, topic).Contains(9));
        var told = read.Where(delivery => delivery.Topic == topic).ToList();
        Assert.Equal(Enumerable.Range(0, 10), ReadSubscription.PayloadsOf(told, topic));
        Assert.Equal(GapReason.NewEpoch, Assert.Single(told, delivery => delivery.Gap is not null).Gap!.Reason);
        Assert.Equal(5, told.FindIndex(delivery => delivery.Gap is not null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_program_offers_is_offered_again(bool kill)
    {
        await using var cluster = await ClientCluster.StartAsync(client: Hasty);
        await using var offer = await cluster.Functions.OfferAsync("greet", (string name) => $"Hello, {name}");
        var (lost, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        Assert.Equal("Hello, Ada", await ClientCluster.GrainsOf(left).Functions.CallAsync<string>("greet", "Ada"));

        await EndAsync(cluster, lost, kill);

        var answer = await AgainAsync(() => ClientCluster.GrainsOf(left).Functions.CallAsync(
            new FunctionCall("greet") { Arguments = Value.Json("[\"Bob\"]") }).AsTask());
        Assert.Equal("Hello, Bob", answer.Result.As<string>());
        Assert.Single(await ClientCluster.GrainsOf(left).Functions.ListAsync("greet"));
        await offer.DisposeAsync();
        Assert.Empty(await ClientCluster.GrainsOf(left).Functions.ListAsync("greet"));
    }

    [Fact]
    public async Task Calls_that_the_program_makes_fail_with_an_unknown_outcome()
    {
        await using var cluster = await ClientCluster.StartAsync(client: Hasty);
        Assert.Equal("hi", await cluster.Functions.CallAsync<string>("echo", "hi"));
        var (lost, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var started = new TaskCompletionSource();
        await using var hanging = await ClientCluster.GrainsOf(left).Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        var call = cluster.Functions.CallAsync(new FunctionCall("hang")).AsTask();
        await started.Task.WaitAsync(Patience);

        await EndAsync(cluster, lost, kill: true);

        var error = (await call.WaitAsync(Patience)).Error;
        Assert.Equal((ErrorCode.NodeLost, Retry.OutcomeUnknown), (error, ErrorCodes.RetryOf(error)));
        Assert.Equal("hi", (await AgainAsync(() => cluster.Functions.CallAsync(
            new FunctionCall("echo") { Arguments = Value.Json("[\"hi\"]") }).AsTask())).Result.As<string>());
    }

    [Fact]
    public async Task Calls_that_the_program_runs_are_cancelled_and_their_callers_told()
    {
        await using var cluster = await ClientCluster.StartAsync(client: Hasty);
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var hanging = await cluster.Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            using var registration = token.Register(() => cancelled.TrySetResult());
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        var (lost, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var call = ClientCluster.GrainsOf(left).Functions.CallAsync(new FunctionCall("hang")).AsTask();
        await started.Task.WaitAsync(Patience);

        await EndAsync(cluster, lost, kill: true);

        await cancelled.Task.WaitAsync(Patience);
        Assert.Equal(Retry.OutcomeUnknown, ErrorCodes.RetryOf((await call.WaitAsync(Patience)).Error));
    }

    [Fact]
    public async Task A_silo_that_stops_in_order_lets_the_calls_end_that_run_over_it_and_gets_no_new_ones()
    {
        await using var cluster = await ClientCluster.StartAsync(
            client: Hasty, sessions: new ClientSessionOptions { LeaveTimeMax = Patience });
        Assert.Equal("hi", await cluster.Functions.CallAsync<string>("echo", "hi"));
        var (stopping, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var (made, run, go) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var there = await ClientCluster.GrainsOf(left).Functions.OfferAsync("there", async (int n) =>
        {
            made.TrySetResult();
            await go.Task;
            return n + 1;
        });
        await using var here = await cluster.Functions.OfferAsync("here", async (int n) =>
        {
            if (n == 0)
                return 0;
            run.TrySetResult();
            await go.Task;
            return n * 2;
        });
        var making = cluster.Functions.CallAsync<int>("there", 1).AsTask();
        var running = ClientCluster.GrainsOf(left).Functions.CallAsync<int>("here", 21).AsTask();
        await Task.WhenAll(made.Task, run.Task).WaitAsync(Patience);

        var ending = EndAsync(cluster, stopping, kill: false);
        while (ClientCluster.SessionsOf(left).Count == 0)
            Assert.Equal("hi", await cluster.Functions.CallAsync<string>("echo", "hi").AsTask().WaitAsync(Patience));
        Assert.False(making.IsCompleted || running.IsCompleted || ending.IsCompleted);
        Assert.Equal(0, await ClientCluster.GrainsOf(left).Functions.CallAsync<int>("here", 0).AsTask().WaitAsync(Patience));
        go.SetResult();

        Assert.Equal(2, await making.WaitAsync(Patience));
        Assert.Equal(42, await running.WaitAsync(Patience));
        await ending;
        Assert.Equal(0, await ClientCluster.GrainsOf(left).Functions.CallAsync<int>("here", 0).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_silo_that_stops_waits_for_the_calls_of_its_clients_no_longer_than_LeaveTimeMax()
    {
        await using var cluster = await ClientCluster.StartAsync(
            client: Hasty, sessions: new ClientSessionOptions { LeaveTimeMax = TimeSpan.FromMilliseconds(200) });
        var started = new TaskCompletionSource();
        await using var hanging = await cluster.Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        var (stopping, left) = (cluster.SiloOfSession, cluster.OtherSilo);
        var call = ClientCluster.GrainsOf(left).Functions.CallAsync(new FunctionCall("hang") { Timeout = TimeSpan.FromHours(1) }).AsTask();
        await started.Task.WaitAsync(Patience);

        await EndAsync(cluster, stopping, kill: false);

        Assert.Equal(Retry.OutcomeUnknown, ErrorCodes.RetryOf((await call.WaitAsync(Patience)).Error));
    }

    [Fact]
    public async Task A_program_whose_whole_cluster_is_gone_is_told_so_in_its_time_and_finds_the_next_one()
    {
        await using var cluster = await ClientCluster.StartAsync(
            client: new ClusterClientOptions { AnswerTimeout = TimeSpan.FromSeconds(1), RequestTimeout = TimeSpan.FromSeconds(2) }, silos: 1);
        await using var reader = new ReadSubscription(await cluster.Topics.SubscribeAsync(new SubscribeCommand("s", [new TopicPattern("t")])));
        await EndAsync(cluster, cluster.SiloOfSession, kill: true);

        var refused = await Assert.ThrowsAsync<GrainsException>(() => cluster.Topics.SubscribeAsync("t").AsTask().WaitAsync(Patience));
        Assert.Equal(ErrorCode.NodeLost, refused.Code);
        var call = new FunctionCall("echo") { Timeout = TimeSpan.FromSeconds(1) };
        Assert.Equal(ErrorCode.NodeLost, (await cluster.Functions.CallAsync(call).AsTask().WaitAsync(Patience)).Error);

        var next = await cluster.Cluster.StartAdditionalSiloAsync();
        await PublishAsync(next, "t", 0, 1);
        var read = await reader.WhenAsync(read => Count(read, "t") > 0);
        Assert.Equal([0], ReadSubscription.PayloadsOf(read, "t"));
    }

    private static Task EndAsync(ClientCluster cluster, InProcessSiloHandle silo, bool kill) =>
        (kill ? cluster.Cluster.KillSiloAsync(silo) : cluster.Cluster.StopSiloAsync(silo)).WaitAsync(Patience);

    /// <summary>The name of a topic that a silo hosts, with one message in it.</summary>
    private static async Task<string> TopicOnAsync(InProcessSiloHandle silo, string prefix)
    {
        for (var i = 0; ; i++)
        {
            var name = $"{prefix}.{i}";
            await ClientCluster.GrainsOf(silo).Topics.PublishAsync(name, 0);
            if (silo.ServiceProvider.GetRequiredService<HostedTopics>().Has(name))
                return name;
        }
    }

    private static int Count(IEnumerable<Delivery> read, string topic) => ReadSubscription.PayloadsOf(read, topic).Count();

    private static async Task PublishAsync(InProcessSiloHandle silo, string topic, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var message = new TopicMessage(topic, Value.From(i));
            await AgainAsync(() => ClientCluster.GrainsOf(silo).Topics.PublishAsync(message, $"{topic}-{i}").AsTask(), reply => reply.Error);
        }
    }

    private static Task<CallReply> AgainAsync(Func<Task<CallReply>> ask) => AgainAsync(ask, reply => reply.Error);

    /// <summary>Asks until the rest of the cluster has given up the lost silo.</summary>
    private static async Task<T> AgainAsync<T>(Func<Task<T>> ask, Func<T, ErrorCode> errorOf)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await ask().WaitAsync(patience.Token);
            if (errorOf(answer) == ErrorCode.None)
                return answer;
        }
    }
}
