using Grains.Client;

namespace Grains.Tests.Client;

public sealed class ReconnectOverTcpTests : ReconnectContract
{
    private protected override FakeServer Start() => FakeServer.Tcp();
}

public sealed class ReconnectOverWebSocketTests : ReconnectContract
{
    private protected override FakeServer Start() => FakeServer.WebSocket();
}

/// <summary>What happens to requests, subscriptions and functions when connections come and go. The server is scripted, so every
/// connection is lost at an exact place.</summary>
public abstract class ReconnectContract
{
    private static readonly CacheKey Key = new("ns", "k");

    private protected abstract FakeServer Start();

    private static GrainsClientOptions Options(params FakeServer[] servers) => new([.. servers.Select(s => s.Endpoint)])
    {
        Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        RequestTimeout = FakeConnection.Patience,
    };

    [Fact]
    public async Task A_read_that_lost_its_connection_is_sent_again()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        await first.ReadAsync("cache-request");
        first.Drop();
        var second = await server.AcceptAsync();
        await AnswerHitAsync(second, "7");
        Assert.Equal(7, await get);
        Assert.Equal(1, client.Statistics.Reconnects);
        Assert.Equal(1, client.Statistics.CacheHits);
    }

    [Fact]
    public async Task A_write_is_sent_again_with_its_op_id()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var put = client.Cache.PutAsync(Key, 1).AsTask();
        var lost = await first.ReadAsync("cache-request");
        first.Drop();
        var second = await server.AcceptAsync();
        var again = await AnswerHitAsync(second, "1");
        Assert.NotNull((string?)lost["op_id"]);
        Assert.Equal((string?)lost["op_id"], (string?)again["op_id"]);
        Assert.Equal(5, await put);
    }

    [Fact]
    public async Task A_write_without_op_id_ends_with_an_unknown_outcome()
    {
        await using var server = Start();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { RetryWrites = false, Connection = Options(server).Connection });
        var first = await server.AcceptAsync();
        var put = client.Cache.PutAsync(Key, 1).AsTask();
        await first.ReadAsync("cache-request");
        first.Drop();
        var lost = await Assert.ThrowsAsync<GrainsException>(() => put);
        Assert.Equal(ErrorCode.ConnectionLost, lost.Code);
        Assert.Equal(Retry.OutcomeUnknown, lost.Retry);
    }

    [Fact]
    public async Task A_call_that_was_sent_is_not_sent_again()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var call = client.Functions.CallAsync<int>("f", 1).AsTask();
        await first.ReadAsync("rpc");
        first.Drop();
        Assert.Equal(ErrorCode.ConnectionLost, (await Assert.ThrowsAsync<GrainsException>(() => call)).Code);
    }

    [Fact]
    public async Task A_write_whose_op_id_does_not_fit_is_sent_without_one()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connection = await server.AcceptAsync();
        var put = client.Cache.PutAsync(Key, 1).AsTask();
        var refused = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{refused["u"]}}","status":"error","error_code":1112,"error_message":"full"}""");
        var again = await AnswerHitAsync(connection, "1");
        Assert.Null(again["op_id"]);
        Assert.Equal(5, await put);
    }

    [Fact]
    public async Task Requests_wait_for_a_connection_and_leave_in_their_order()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var puts = Enumerable.Range(0, 50).Select(i => client.Cache.PutAsync(Key, i).AsTask()).ToArray();
        var connection = await server.AcceptAsync();
        for (var i = 0; i < puts.Length; i++)
            Assert.Equal(i, (int)(await AnswerHitAsync(connection, "1"))["value"]!);
        await Task.WhenAll(puts);
    }

    [Fact]
    public async Task Requests_that_are_sent_again_keep_their_order_and_come_before_later_ones()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var puts = Enumerable.Range(0, 20).Select(i => client.Cache.PutAsync(Key, i).AsTask()).ToList();
        for (var i = 0; i < 20; i++)
            await first.ReadAsync("cache-request");
        first.Drop();
        puts.AddRange(Enumerable.Range(20, 5).Select(i => client.Cache.PutAsync(Key, i).AsTask()));
        var second = await server.AcceptAsync();
        for (var i = 0; i < puts.Count; i++)
            Assert.Equal(i, (int)(await AnswerHitAsync(second, "1"))["value"]!);
        await Task.WhenAll(puts);
    }

    [Fact]
    public async Task The_next_endpoint_is_tried_when_one_is_gone()
    {
        await using var gone = Start();
        await using var server = Start();
        var options = Options(gone, server);
        await gone.DisposeAsync();
        await using var client = new GrainsClient(options);
        var connection = await server.AcceptAsync();
        var get = client.Cache.ExistsAsync(Key).AsTask();
        var request = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await get);
    }

    [Fact]
    public async Task A_subscription_resumes_where_it_stood_and_gives_nothing_twice()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("a.#").AsTask();
        var subscribe = await first.ReadAsync("pubsub-subscribe");
        Assert.Equal("new", (string?)subscribe["subscription"]!["start"]);
        await first.AcknowledgeAsync(subscribe, ""","subscribed_at":1000000.25,"replaced":false""");
        var subscription = await subscribing;
        await first.NotifyAsync(subscribe, "a.b", 9, 4);
        await first.NotifyAsync(subscribe, "a.b", 9, 5);
        await using var reader = subscription.GetAsyncEnumerator();
        await AssertOffsetsAsync(reader, 4, 5);
        first.Drop();

        var second = await server.AcceptAsync();
        var resume = await second.ReadAsync("pubsub-subscribe");
        Assert.Equal("""{"resume":{"a.b":[9,6]},"time":1000000.25,"from":"new"}""", resume["subscription"]!["start"]!.ToJsonString());
        Assert.Equal((string?)subscribe["subscription"]!["subscription_id"], (string?)resume["subscription"]!["subscription_id"]);
        await second.AcknowledgeAsync(resume, ""","subscribed_at":1000009""");
        await second.NotifyAsync(resume, "a.b", 9, 5);
        await second.NotifyAsync(resume, "a.b", 9, 6);
        await AssertOffsetsAsync(reader, 6);
        Assert.Equal(1_000_000_250_000, subscription.SubscribedAtUs);
    }

    [Fact]
    public async Task A_gap_comes_in_its_place_and_moves_the_position()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("t").AsTask();
        var subscribe = await first.ReadAsync("pubsub-subscribe");
        await first.AcknowledgeAsync(subscribe, ""","subscribed_at":1""");
        var subscription = await subscribing;
        await first.NotifyAsync(subscribe, "t", 1, 0);
        await first.SendAsync($$"""{"role":"gap","subscription_id":"{{subscription.SubscriptionId}}","topic":"t","epoch":1,"from":1,"to":8,"missed":7,"reason":"retention","next_epoch":1,"next_offset":8,"u":"gap"}""");
        await first.NotifyAsync(subscribe, "t", 1, 8);
        await using var reader = subscription.GetAsyncEnumerator();
        await reader.MoveNextAsync();
        await reader.MoveNextAsync();
        Assert.Equal(new TopicGap(GapReason.Retention, 1, 1, 8, 1, 8), reader.Current.Gap);
        await AssertOffsetsAsync(reader, 8);
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_for_its_buffer_goes_on_from_the_log()
    {
        await using var server = Start();
        var options = new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { SubscriptionMessagesMax = 4 } };
        await using var client = new GrainsClient(options);
        var connection = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("t", TopicStart.Offset(0)).AsTask();
        var subscribe = await connection.ReadAsync("pubsub-subscribe");
        await connection.AcknowledgeAsync(subscribe, ""","subscribed_at":1""");
        var subscription = await subscribing;
        for (var i = 0; i < 8; i++)
            await connection.NotifyAsync(subscribe, "t", 1, i);
        var leave = await connection.ReadAsync("pubsub-unsubscribe");
        await connection.AcknowledgeAsync(leave);

        await using var reader = subscription.GetAsyncEnumerator();
        await AssertOffsetsAsync(reader, 0, 1, 2, 3);
        var resume = await connection.ReadAsync("pubsub-subscribe");
        Assert.Equal("""{"resume":{"t":[1,4]},"time":1,"from":{"offset":0}}""", resume["subscription"]!["start"]!.ToJsonString());
        await connection.AcknowledgeAsync(resume, ""","subscribed_at":2""");
        await connection.NotifyAsync(resume, "t", 1, 4);
        await AssertOffsetsAsync(reader, 4);
    }

    [Fact]
    public async Task Functions_are_offered_again_on_the_next_connection()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var offering = client.Functions.OfferAsync("add", (int a, int b) => a + b).AsTask();
        await AcceptFunctionAsync(first);
        await offering;
        first.Drop();

        var second = await server.AcceptAsync();
        await AcceptFunctionAsync(second);
        await second.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"add","args":[2],"kwargs":{"b":3},"caller":"x","deadline":1,"timeout_ms":30000,"stream":false}""");
        Assert.Equal("""{"role":"rpc-result","u":"c-1","result":5}""", await second.ReadTextAsync());
    }

    [Fact]
    public async Task A_cancelled_invocation_ends_the_function()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connection = await server.AcceptAsync();
        var offering = client.Functions.OfferAsync("wait", async (CancellationToken cancelled) => await Task.Delay(Timeout.Infinite, cancelled)).AsTask();
        await AcceptFunctionAsync(connection);
        await offering;
        await connection.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"wait","args":[],"kwargs":{},"caller":"x","timeout_ms":30000,"stream":false}""");
        await connection.SendAsync("""{"role":"rpc-cancel","u":"c-1","code":1006}""");
        var result = await connection.ReadAsync("rpc-result");
        Assert.Equal(1006, (int)result["error"]!["code"]!);
    }

    [Fact]
    public async Task A_provider_at_its_limit_says_busy()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connection = await server.AcceptAsync();
        var release = new TaskCompletionSource<int>();
        var offering = client.Functions.OfferAsync(new FunctionOffer("f") { ConcurrencyMax = 1 }, () => release.Task).AsTask();
        await AcceptFunctionAsync(connection);
        await offering;
        await connection.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"f","args":[],"kwargs":{},"caller":"x","timeout_ms":30000,"stream":false}""");
        await connection.SendAsync("""{"role":"rpc-invoke","u":"c-2","fun":"f","args":[],"kwargs":{},"caller":"x","timeout_ms":30000,"stream":false}""");
        var busy = await connection.ReadAsync("rpc-result");
        Assert.Equal(("c-2", 1008), ((string)busy["u"]!, (int)busy["error"]!["code"]!));
        release.SetResult(1);
        Assert.Equal("c-1", (string?)(await connection.ReadAsync("rpc-result"))["u"]);
    }

    [Fact]
    public async Task Streamed_items_come_in_order_and_the_result_of_a_stream_is_no_item()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connection = await server.AcceptAsync();
        var items = client.Functions.StreamAsync<int>("count", 2).ToArrayAsync().AsTask();
        var call = await connection.ReadAsync("rpc");
        Assert.True((bool)call["stream"]!);
        await connection.SendAsync($$"""{"role":"rpc-progress","u":"{{call["u"]}}","name":".call","seq":0,"value":1}""");
        await connection.SendAsync($$"""{"role":"rpc-progress","u":"{{call["u"]}}","name":".call","seq":1,"value":2}""");
        await connection.SendAsync($$"""{"role":"rpc-response","r":{".call":null},"error":null,"u":"{{call["u"]}}","intermediate_results":[],"execution_summary":null}""");
        Assert.Equal(new[] { 1, 2 }, await items);
    }

    [Fact]
    public async Task Cancelling_a_call_tells_the_server()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connection = await server.AcceptAsync();
        using var cancelling = new CancellationTokenSource();
        var call = client.Functions.CallAsync<int>(new FunctionCall("slow"), cancelling.Token).AsTask();
        var request = await connection.ReadAsync("rpc");
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((string?)request["u"], (string?)(await connection.ReadAsync("rpc-cancel"))["u"]);
    }

    [Fact]
    public async Task After_goodbye_new_requests_go_to_the_next_connection_and_old_ones_end()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var first = await server.AcceptAsync();
        var old = client.Functions.CallAsync<int>("f").AsTask();
        var request = await first.ReadAsync("rpc");
        await first.SendAsync("""{"role":"goodbye","code":1401,"error":"The server is stopping."}""");
        var second = await server.AcceptAsync();
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        await AnswerHitAsync(second, "3");
        await first.SendAsync($$"""{"role":"rpc-response","r":{".call":1},"error":null,"u":"{{request["u"]}}"}""");
        Assert.Equal(1, await old);
        Assert.Equal(3, await get);
    }

    [Fact]
    public async Task Refused_credentials_are_told_at_once()
    {
        await using var server = Start();
        await using var client = new GrainsClient(Options(server));
        var connecting = client.ConnectAsync(TestContext.Current.CancellationToken);
        var connection = await server.AcceptRawAsync();
        var hello = await connection.ReadAsync("hello");
        await connection.SendAsync($$"""{"role":"auth-ack","u":"{{hello["u"]}}","success":false,"error":{"code":1301,"message":"Wrong credentials."} }""");
        Assert.Equal(ErrorCode.Unauthorized, (await Assert.ThrowsAsync<GrainsException>(() => connecting.WaitAsync(FakeConnection.Patience))).Code);
    }

    [Fact]
    public async Task Credentials_go_into_the_upgrade_or_the_first_message()
    {
        await using var server = Start();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { BearerToken = "secret" });
        var connection = await server.AcceptRawAsync();
        var hello = await connection.ReadAsync("hello");
        Assert.Equal("secret", connection.Authorization?.Replace("Bearer ", "", StringComparison.Ordinal) ?? (string?)hello["token"]);
    }

    [Fact]
    public async Task Calls_beyond_the_limit_wait_their_turn()
    {
        await using var server = Start();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { CallsInFlightMax = 1 } });
        var connection = await server.AcceptAsync();
        var one = client.Functions.CallAsync<int>("f", 1).AsTask();
        var two = client.Functions.CallAsync<int>("f", 2).AsTask();
        var first = await connection.ReadAsync("rpc");
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        await AnswerHitAsync(connection, "3");
        Assert.Equal(3, await get);
        await connection.SendAsync($$"""{"role":"rpc-response","r":{".call":1},"error":null,"u":"{{first["u"]}}"}""");
        var second = await connection.ReadAsync("rpc");
        await connection.SendAsync($$"""{"role":"rpc-response","r":{".call":2},"error":null,"u":"{{second["u"]}}"}""");
        Assert.Equal((1, 2), (await one, await two));
    }

    [Fact]
    public async Task A_request_without_an_answer_times_out()
    {
        await using var server = Start();
        var time = new ManualTime();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Time = time, RequestTimeout = TimeSpan.FromSeconds(5) });
        var connection = await server.AcceptAsync();
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        await connection.ReadAsync("cache-request");
        time.Advance(TimeSpan.FromSeconds(5));
        var failed = await Assert.ThrowsAsync<GrainsException>(() => get.WaitAsync(FakeConnection.Patience));
        Assert.Equal((ErrorCode.Timeout, Retry.OutcomeUnknown), (failed.Code, failed.Retry));
    }

    [Fact]
    public async Task A_request_that_finds_no_connection_says_that_it_was_not_sent()
    {
        await using var server = Start();
        var time = new ManualTime();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint)
        {
            Time = time,
            RequestTimeout = TimeSpan.FromSeconds(5),
            Connection = new GrainsClientConnectionOptions { ConnectTimeout = TimeSpan.FromMinutes(1) },
        });
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        time.Advance(TimeSpan.FromSeconds(5));
        var failed = await Assert.ThrowsAsync<GrainsException>(() => get.WaitAsync(FakeConnection.Patience));
        Assert.Equal((ErrorCode.ConnectionLost, Retry.Safe), (failed.Code, failed.Retry));
        Assert.Contains("was not sent", failed.Message, StringComparison.Ordinal);
    }

    private static async Task<System.Text.Json.Nodes.JsonObject> AnswerHitAsync(FakeConnection connection, string value)
    {
        var request = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"hit","entry":{"value":{{value}},"revision":5},"revision":5}""");
        return request;
    }

    private static async Task AcceptFunctionAsync(FakeConnection connection)
    {
        var register = await connection.ReadAsync("rpc-register");
        await connection.SendAsync($$"""{"role":"rpc-ack","operation_id":"{{register["u"]}}","success":true,"error":null,"u":"ack"}""");
    }

    private static async Task AssertOffsetsAsync(IAsyncEnumerator<Delivery> reader, params long[] expected)
    {
        foreach (var offset in expected)
        {
            Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
            Assert.Equal(offset, reader.Current.Record!.Offset);
        }
    }
}
