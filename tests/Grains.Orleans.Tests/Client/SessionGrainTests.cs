using Grains.Tests;
using Orleans;

namespace Grains.Orleans.Tests.Client;

/// <summary>The session as a client of one's own sees it, grain call by grain call.</summary>
public sealed class SessionGrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly ConnectionId Me = new("me");

    [Fact]
    public async Task A_session_that_was_not_opened_answers_nothing()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var session = cluster.Cluster.Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        await Assert.ThrowsAsync<SessionEndedException>(() => session.NextAsync(0, Minute));
        await Assert.ThrowsAsync<SessionEndedException>(() => session.CancelAsync("c"));
        await Assert.ThrowsAsync<SessionEndedException>(session.EndAsync);
    }

    [Fact]
    public async Task A_session_that_is_ended_leaves_nothing_behind()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var silo = cluster.Cluster.Silos[0];
        var grains = ClientCluster.GrainsOf(silo);
        var session = await OpenAsync(cluster);
        await SubscribeAsync(session, "t");
        Assert.Equal(ErrorCode.None, (await session.OfferAsync(Me, new FunctionOffer("f"))).Error);
        Assert.Equal(1, (await grains.Topics.PublishAsync("t", 1)).Receivers);
        var call = grains.Functions.CallAsync(new FunctionCall("f")).AsTask();
        await NextAsync<SessionEvent.Invoked>(session);

        await session.EndAsync();

        Assert.Equal(ErrorCode.ProviderLost, (await call.WaitAsync(Patience)).Error);
        Assert.Equal(0, (await grains.Topics.PublishAsync("t", 1)).Receivers);
        Assert.Empty(await grains.Functions.ListAsync("f"));
        Assert.Equal(0, ClientCluster.SessionsOf(silo).Count);
        await Assert.ThrowsAsync<SessionEndedException>(() => session.CancelAsync("c"));
    }

    [Fact]
    public async Task After_SilenceMax_without_a_question_the_session_ends_by_itself()
    {
        var time = new ManualTime();
        await using var cluster = await ClientCluster.StartAsync(
            sessions: new ClientSessionOptions { Time = time, SilenceMax = TimeSpan.FromSeconds(40) }, silos: 1);
        var grains = ClientCluster.GrainsOf(cluster.Cluster.Silos[0]);
        var cancelled = new TaskCompletionSource();
        await using var hanging = await grains.Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            using var registration = token.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.Infinite, token);
        });
        var session = await OpenAsync(cluster);
        await session.OfferAsync(Me, new FunctionOffer("f"));
        Assert.Null(await session.CallAsync("c", default, new FunctionCall("hang"), Minute));
        var call = grains.Functions.CallAsync(new FunctionCall("f")).AsTask();
        await NextAsync<SessionEvent.Invoked>(session);

        time.Advance(TimeSpan.FromSeconds(40));
        await session.NextAsync(0, TimeSpan.Zero);
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(ErrorCode.ProviderLost, (await call.WaitAsync(Patience)).Error);
        await cancelled.Task.WaitAsync(Patience);
        await Assert.ThrowsAsync<SessionEndedException>(() => session.CancelAsync("c"));
    }

    [Fact]
    public async Task A_question_waits_no_longer_than_PollTimeMax()
    {
        var time = new ManualTime();
        await using var cluster = await ClientCluster.StartAsync(
            sessions: new ClientSessionOptions { Time = time, PollTimeMax = TimeSpan.FromSeconds(7) }, silos: 1);
        var session = cluster.Cluster.Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        Assert.Equal(TimeSpan.FromSeconds(7), (await session.OpenAsync("test")).PollTimeMax);
        var question = session.NextAsync(0, TimeSpan.FromHours(1));
        var seconds = 0;
        for (; !question.IsCompleted && seconds < 20; seconds++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            // By the time this is answered the question has been, if it was to be.
            await session.CancelAsync("c");
        }

        Assert.Empty((await question.WaitAsync(Patience)).Events);
        Assert.InRange(seconds, 7, 20);
    }

    [Fact]
    public async Task What_is_asked_twice_is_done_once()
    {
        await using var cluster = await ClientCluster.StartAsync(silos: 1);
        var grains = ClientCluster.GrainsOf(cluster.Cluster.Silos[0]);
        var runs = 0;
        await using var counting = await grains.Functions.OfferAsync("count", () => Interlocked.Increment(ref runs));
        var session = await OpenAsync(cluster);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ErrorCode.None, (await session.OpenAsync("again")).Error);
            Assert.Null(await session.CallAsync("c", default, new FunctionCall("count"), Minute));
            await SubscribeAsync(session, "t");
            await session.OfferAsync(Me, new FunctionOffer("stream"));
            await session.GrantAsync(Me, 100);
        }

        Assert.Equal("1", (await NextAsync<SessionEvent.CallEnded>(session)).Reply.Result.ToString());
        Assert.Equal(1, runs);
        Assert.Equal(1, (await grains.Topics.PublishAsync("t", 1)).Receivers);
        Assert.Single(await grains.Functions.ListAsync("stream"));

        var streamed = grains.Functions.StreamAsync<int>("stream").ToListAsync().AsTask();
        var invoked = await NextAsync<SessionEvent.Invoked>(session);
        for (var i = 0; i < 2; i++)
            await session.ReportAsync(Me, invoked.Invocation.CallId, 1, Value.Json("1"));
        await session.ReportAsync(Me, invoked.Invocation.CallId, 2, Value.Json("2"));
        for (var i = 0; i < 2; i++)
            await session.CompleteAsync(Me, invoked.Invocation.CallId, CallReply.Ok(Value.None));
        Assert.Equal([1, 2], await streamed.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_call_may_be_made_again_under_its_id_only_when_its_answer_was_acknowledged()
    {
        await using var cluster = await ClientCluster.StartAsync(sessions: new ClientSessionOptions { CallsMax = 1 }, silos: 1);
        var session = await OpenAsync(cluster);
        var echo = new FunctionCall("echo") { Arguments = Value.Json("[1]") };
        Assert.Null(await session.CallAsync("c", default, echo, Minute));
        await NextAsync<SessionEvent.CallEnded>(session);
        Assert.Equal(ErrorCode.TooManyCalls, (await session.CallAsync("d", default, echo, Minute))!.Error);
        await session.NextAsync(1, TimeSpan.Zero);
        Assert.Null(await session.CallAsync("d", default, echo, Minute));
    }

    [Fact]
    public async Task A_silo_has_at_most_SessionsMax_sessions()
    {
        await using var cluster = await ClientCluster.StartAsync(sessions: new ClientSessionOptions { SessionsMax = 1 }, silos: 1);
        var session = await OpenAsync(cluster);
        var other = cluster.Cluster.Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        Assert.Equal(ErrorCode.TooManyConnections, (await other.OpenAsync("other")).Error);
        await session.EndAsync();
        await OpenAsync(cluster);
    }

    [Fact]
    public async Task A_session_has_at_most_ConnectionsMax_connections()
    {
        await using var cluster = await ClientCluster.StartAsync(sessions: new ClientSessionOptions { ConnectionsMax = 1 }, silos: 1);
        var session = await OpenAsync(cluster);
        await SubscribeAsync(session, "t");
        var other = new ConnectionId("other");
        var command = new SubscribeCommand("s", [new TopicPattern("t")]);
        Assert.Equal(ErrorCode.TooManySubscriptions, (await session.SubscribeAsync(other, 2, 0, command)).Error);
        Assert.Equal(ErrorCode.FunctionLimit, (await session.OfferAsync(other, new FunctionOffer("f"))).Error);
        Assert.Equal(ErrorCode.TooManyCalls, (await session.CallAsync("c", other, new FunctionCall("echo"), Minute))!.Error);
        await session.CloseAsync(Me);
        Assert.Equal(ErrorCode.None, (await session.SubscribeAsync(other, 2, 0, command)).Error);
    }

    [Fact]
    public async Task A_client_that_fetches_nothing_gets_its_streams_cut_and_no_more_calls_to_run_at_WaitingBytesMax()
    {
        await using var cluster = await ClientCluster.StartAsync(sessions: new ClientSessionOptions { WaitingBytesMax = 1_000 }, silos: 1);
        var grains = ClientCluster.GrainsOf(cluster.Cluster.Silos[0]);
        var cancelled = new TaskCompletionSource();
        await using var endless = await grains.Functions.OfferAsync("endless", (CancellationToken token) => Endless(cancelled, token));
        var session = await OpenAsync(cluster);
        await session.OfferAsync(Me, new FunctionOffer("f"));
        Assert.Null(await session.CallAsync("c", Me, new FunctionCall("endless") { Stream = true }, Minute));

        await cancelled.Task.WaitAsync(Patience);
        Assert.Equal(ErrorCode.Busy, (await grains.Functions.CallAsync(new FunctionCall("f"))).Error);
        Assert.Equal(ErrorCode.TooManyCalls, (await session.CallAsync("d", default, new FunctionCall("echo"), Minute))!.Error);
        Assert.Equal(ErrorCode.SlowReader, (await NextAsync<SessionEvent.CallEnded>(session)).Reply.Error);
        await session.NextAsync(long.MaxValue, TimeSpan.Zero);
        Assert.Null(await session.CallAsync("d", default, new FunctionCall("echo") { Arguments = Value.Json("[1]") }, Minute));
    }

    [Fact]
    public void Limits_that_make_no_sense_are_refused()
    {
        new ClientSessionOptions().Validate();
        new ClusterClientOptions().Validate();
        ClientSessionOptions[] wrong =
        [
            new() { SessionsMax = -1 }, new() { ConnectionsMax = 0 }, new() { CallsMax = 0 }, new() { WaitingBytesMax = 0 }, new() { BatchBytesMax = 0 },
            new() { PollTimeMax = TimeSpan.FromSeconds(21) }, new() { SilenceMax = TimeSpan.FromSeconds(10) },
            new() { LeaveTimeMax = TimeSpan.FromTicks(-1) },
        ];
        Assert.All(wrong, options => Assert.ThrowsAny<ArgumentException>(options.Validate));
        ClusterClientOptions[] wrongToo =
        [
            new() { RequestTimeout = TimeSpan.Zero }, new() { PollTime = TimeSpan.Zero }, new() { PollTime = TimeSpan.FromSeconds(21) },
            new() { AnswerTimeout = TimeSpan.Zero }, new() { ReconnectDelayMin = TimeSpan.FromSeconds(6) },
            new() { ReconnectDelayMax = TimeSpan.FromMilliseconds(99) },
        ];
        Assert.All(wrongToo, options => Assert.ThrowsAny<ArgumentException>(options.Validate));
    }

    private static async Task<ISessionGrain> OpenAsync(ClientCluster cluster)
    {
        var session = cluster.Cluster.Client.GetGrain<ISessionGrain>(Guid.NewGuid());
        Assert.Equal(ErrorCode.None, (await session.OpenAsync("test")).Error);
        return session;
    }

    private static async Task SubscribeAsync(ISessionGrain session, string topic)
    {
        var reply = await session.SubscribeAsync(Me, 1, 0, new SubscribeCommand("s", [new TopicPattern(topic)]));
        Assert.Equal(ErrorCode.None, reply.Error);
        await session.ActivateAsync(Me, "s");
    }

    /// <summary>Acknowledges nothing: waits until an event of a kind is among those that are there.</summary>
    private static async Task<T> NextAsync<T>(ISessionGrain session)
        where T : SessionEvent
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            var batch = await session.NextAsync(0, TimeSpan.FromSeconds(1));
            if (batch.Events.OfType<T>().FirstOrDefault() is { } found)
                return found;
            Assert.True(DateTime.UtcNow < deadline, $"There is no {typeof(T).Name} among {batch.Events.Length} events.");
        }
    }

    private static async IAsyncEnumerable<int> Endless(
        TaskCompletionSource cancelled, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        using var registration = token.Register(() => cancelled.TrySetResult());
        for (var i = 0; ; i++)
        {
            await Task.Yield();
            token.ThrowIfCancellationRequested();
            yield return i;
        }
    }
}
