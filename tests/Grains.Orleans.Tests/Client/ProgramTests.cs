using System.Collections.Immutable;
using Grains.Tests;

namespace Grains.Orleans.Tests.Client;

/// <summary>A client program that stops, starts again, or vanishes.</summary>
public sealed class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_program_that_stops_leaves_nothing_behind_and_another_one_goes_on_where_it_stood()
    {
        await using var cluster = await ClientCluster.StartAsync();
        var silo = ClientCluster.GrainsOf(cluster.Cluster.Silos[0]);
        var command = new SubscribeCommand("orders", [new TopicPattern("orders.#")]);
        var subscription = await cluster.Topics.SubscribeAsync(command);
        var offer = await cluster.Functions.OfferAsync("who", () => "first");
        for (var i = 0; i < 5; i++)
            await silo.Topics.PublishAsync("orders.eu", i);
        var read = await TakeAsync(subscription, 3);
        Assert.Equal("first", await silo.Functions.CallAsync<string>("who"));

        await cluster.Cluster.StopClusterClientAsync();

        Assert.Equal(0, (await silo.Topics.PublishAsync("orders.eu", 5)).Receivers);
        Assert.Empty(await silo.Functions.ListAsync("who"));
        Assert.All(cluster.Cluster.Silos, s => Assert.Equal(0, ClientCluster.SessionsOf(s).Count));
        await subscription.DisposeAsync();
        await offer.DisposeAsync();

        await cluster.Cluster.InitializeClientAsync();
        var last = read[^1];
        await using var resumed = await cluster.Topics.SubscribeAsync(command with
        {
            Start = StartKind.Resume,
            StartAtUs = subscription.SubscribedAtUs,
            Resume = ImmutableDictionary<string, TopicPosition>.Empty.Add(last.Topic, new TopicPosition(last.Epoch, last.Record!.Offset + 1)),
        });
        await using var again = await cluster.Functions.OfferAsync("who", () => "second");
        Assert.Equal([3, 4, 5], (await TakeAsync(resumed, 3)).Select(delivery => delivery.Record!.Message.Payload.As<int>()));
        Assert.Equal("second", await silo.Functions.CallAsync<string>("who"));
    }

    [Fact]
    public async Task A_program_that_vanishes_is_given_up_after_SilenceMax_and_goes_on_where_it_stood_when_it_is_back()
    {
        var time = new ManualTime();
        var link = new CutLink();
        await using var cluster = await ClientCluster.StartAsync(
            sessions: new ClientSessionOptions { Time = time, LeaveTimeMax = TimeSpan.Zero },
            client: new ClusterClientOptions { PollTime = TimeSpan.FromMilliseconds(100), AnswerTimeout = TimeSpan.FromSeconds(2) },
            link: link);
        var silo = ClientCluster.GrainsOf(cluster.Cluster.Silos[0]);
        var started = new TaskCompletionSource();
        await using var reader = new ReadSubscription(await cluster.Topics.SubscribeAsync(new SubscribeCommand("s", [new TopicPattern("t")])));
        await using var hanging = await cluster.Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        await using var echoing = await cluster.Functions.OfferAsync("mirror", (int n) => n);
        await silo.Topics.PublishAsync("t", 0);
        await reader.WhenAsync(read => read.Count == 1);
        var call = silo.Functions.CallAsync(new FunctionCall("hang")).AsTask();
        await started.Task.WaitAsync(Patience);
        var sessions = ClientCluster.SessionsOf(cluster.SiloOfSession);

        link.Cut();
        Assert.Equal(1, sessions.Count);
        time.Advance(new ClientSessionOptions().SilenceMax * 2);
        Assert.Equal(ErrorCode.ProviderLost, (await call.WaitAsync(Patience)).Error);
        while ((await silo.Topics.PresenceAsync("t")).Count > 0 || (await silo.Functions.ListAsync("mirror")).Length > 0)
            await Task.Yield();
        for (var i = 1; i < 10; i++)
            await silo.Topics.PublishAsync("t", i);

        link.Mend();
        var read = await reader.WhenAsync(read => read.Count >= 10);
        await silo.Topics.PublishAsync("t", 10);
        read = await reader.WhenAsync(read => read.Count >= 11);
        Assert.Equal(Enumerable.Range(0, 11), ReadSubscription.PayloadsOf(read, "t"));
        Assert.Equal(11, read.Count);
        CallReply mirrored;
        do
            mirrored = await silo.Functions.CallAsync(new FunctionCall("mirror") { Arguments = Value.Json("[7]") });
        while (mirrored.Error == ErrorCode.FunctionNotFound);
        Assert.Equal("7", mirrored.Result.ToString());
    }

    [Fact]
    public async Task A_program_that_only_reads_and_publishes_needs_no_session()
    {
        await using var cluster = await ClientCluster.StartAsync();
        await cluster.Cache.PutAsync(("n", "k"), 1);
        await cluster.Topics.PublishAsync("t", 1);
        Assert.Single((await cluster.Topics.ReadAsync(new ReadCommand("t", 0, 0, MessagesMax: 10))).Records);
        Assert.Contains(await cluster.Functions.ListAsync("echo"), info => info.Offer.Function == "echo");
        Assert.All(cluster.Cluster.Silos, silo => Assert.Equal(0, ClientCluster.SessionsOf(silo).Count));
    }

    [Fact]
    public async Task A_reader_that_stops_reading_holds_up_nobody_and_reads_on_where_it_was()
    {
        await using var cluster = await ClientCluster.StartAsync();
        await cluster.Topics.CreateAsync("big", new TopicRetention { MessagesMax = 10_000, BytesMax = 64 * 1024 * 1024 });
        await using var slow = await cluster.Topics.SubscribeAsync("big", TopicStart.Beginning);
        await using var quick = new ReadSubscription(await cluster.Topics.SubscribeAsync(new SubscribeCommand("q", [new TopicPattern("small")])));
        var payload = new byte[10_000];
        for (var i = 0; i < 500; i++)
            await cluster.Topics.PublishAsync("big", payload);
        await cluster.Topics.PublishAsync("small", 7);

        await quick.WhenAsync(read => read.Count == 1);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), (await TakeAsync(slow, 500)).Select(delivery => delivery.Record!.Offset));
    }

    private static async Task<List<Delivery>> TakeAsync(ITopicSubscription subscription, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await subscription.Take(count).ToListAsync(patience.Token);
    }
}
