using System.Threading.Channels;
using Grains.Client;
using Grains.Client.Connections;
using Grains.Client.Topics;
using Grains.Client.Transports;
using Grains.Client.Wire;
using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>The client's own limits: what fits at the limit, and what happens one past it.</summary>
public sealed class ClientLimitTests
{
    [Fact]
    public async Task Messages_wait_their_turn_when_the_send_queue_is_full()
    {
        var transport = new HeldTransport();
        var options = new GrainsClientOptions("tcp://127.0.0.1:1") { Limits = new GrainsClientLimits { SendQueueMessagesMax = 2 } };
        var connection = new Connection(transport, Endpoint.Parse("tcp://127.0.0.1:1"), new ServerHello("c", "e", "1", 1, 1), new NoEvents(), options);
        await connection.PostAsync([1], CancellationToken.None);
        Assert.True(connection.TryPost((byte[])[2]));
        Assert.False(connection.TryPost((byte[])[3]));
        var waiting = connection.PostAsync([4], CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        var running = connection.RunAsync();
        await waiting.WaitAsync(FakeConnection.Patience);
        var sent = new List<byte>();
        while (sent.Count < 3)
            sent.Add((await transport.Sent.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(FakeConnection.Patience))[0]);
        Assert.Equal([1, 2, 4], sent);
        connection.Close(new IOException("Ended by the test."));
        await running.WaitAsync(FakeConnection.Patience);
    }

    [Fact]
    public async Task A_subscription_holds_as_many_messages_as_it_may_and_leaves_the_next_in_the_log()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { SubscriptionMessagesMax = 2 } });
        await AssertParksAtAsync(2, server, client);
    }

    [Fact]
    public async Task A_subscription_holds_at_least_one_message_however_few_bytes_it_may()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { SubscriptionBytesMax = 1 } });
        await AssertParksAtAsync(1, server, client);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(-1, 2)]
    [InlineData(1, 3)]
    public void Held_bytes_are_counted_to_the_byte(int more, int held)
    {
        var delivery = new Delivery("t", 1, new TopicRecord(0, 0, new TopicMessage("t", Value.Json("\"abc\""))));
        var limits = new GrainsClientLimits { SubscriptionBytesMax = (3 * delivery.CostBytes) + more };
        var buffer = new DeliveryBuffer(limits.SubscriptionMessagesMax, limits.SubscriptionBytesMax);
        for (var i = 0; i < held; i++)
            Assert.True(buffer.TryAdd(delivery));
        Assert.False(buffer.TryAdd(delivery));
        Assert.True(buffer.TryTake(out _));
        Assert.True(buffer.TryAdd(delivery));
    }

    [Fact]
    public async Task A_stream_holds_as_many_items_as_it_may()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { StreamItemsMax = 2 } });
        var connection = await server.AcceptAsync();
        await using var items = client.Functions.StreamAsync<int>("count").GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var u = await StreamAsync(connection, items, itemsUnread: 2);
        await connection.SendAsync($$"""{"role":"rpc-response","r":{".call":null},"error":null,"u":"{{u}}"}""");
        await AssertNextAsync(items, 1);
        await AssertNextAsync(items, 2);
        Assert.False(await items.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
    }

    [Fact]
    public async Task A_stream_whose_reader_leaves_one_item_too_many_ends_and_its_call_is_cancelled()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { StreamItemsMax = 2 } });
        var connection = await server.AcceptAsync();
        await using var items = client.Functions.StreamAsync<int>("count").GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var u = await StreamAsync(connection, items, itemsUnread: 3);
        Assert.Equal(u, (string?)(await connection.ReadAsync("rpc-cancel"))["u"]);
        await AssertNextAsync(items, 1);
        await AssertNextAsync(items, 2);
        var ended = await Assert.ThrowsAsync<GrainsException>(() => items.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
        Assert.Equal(ErrorCode.SlowReader, ended.Code);
    }

    [Fact]
    public async Task A_pool_replaces_a_client_at_the_end_of_its_lifetime_and_not_before()
    {
        await using var server = await TestServer.StartAsync();
        var time = new ManualTime();
        await using var pool = new GrainsClientPool(new GrainsClientPoolOptions(new GrainsClientOptions(server.Tcp.ToString()) { Time = time })
        {
            Size = 1,
            LifetimeMax = TimeSpan.FromMinutes(1),
        });
        var first = Rented(pool);
        time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.Same(first, Rented(pool));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.NotSame(first, Rented(pool));
    }

    [Fact]
    public async Task A_pool_without_a_lifetime_keeps_its_clients()
    {
        await using var server = await TestServer.StartAsync();
        var time = new ManualTime();
        var options = new GrainsClientPoolOptions(new GrainsClientOptions(server.Tcp.ToString()) { Time = time }) { Size = 1, LifetimeMax = TimeSpan.Zero };
        await using var pool = new GrainsClientPool(options);
        var first = Rented(pool);
        time.Advance(TimeSpan.FromDays(30));
        Assert.Same(first, Rented(pool));
    }

    [Fact]
    public void A_setting_that_is_one_too_small_is_named_and_the_least_is_taken()
    {
        AssertLeast(nameof(GrainsClientLimits.MessageBytesMax), 1024, n => new GrainsClientLimits { MessageBytesMax = n }.Validate());
        AssertLeast(nameof(GrainsClientLimits.SendQueueMessagesMax), 1, n => new GrainsClientLimits { SendQueueMessagesMax = n }.Validate());
        AssertLeast(nameof(GrainsClientLimits.CallsInFlightMax), 1, n => new GrainsClientLimits { CallsInFlightMax = n }.Validate());
        AssertLeast(nameof(GrainsClientLimits.SubscriptionMessagesMax), 1, n => new GrainsClientLimits { SubscriptionMessagesMax = n }.Validate());
        AssertLeast(nameof(GrainsClientLimits.SubscriptionBytesMax), 1, n => new GrainsClientLimits { SubscriptionBytesMax = n }.Validate());
        AssertLeast(nameof(GrainsClientLimits.StreamItemsMax), 1, n => new GrainsClientLimits { StreamItemsMax = n }.Validate());
        AssertLeast(nameof(GrainsClientPoolOptions.LifetimeMax), 0, n =>
            new GrainsClientPoolOptions(new GrainsClientOptions("tcp://127.0.0.1:1")) { LifetimeMax = TimeSpan.FromTicks(n) }.Validate());
        AssertLeast(nameof(GrainsClientConnectionOptions.ReconnectDelayMax), 100, n => new GrainsClientConnectionOptions
        {
            ReconnectDelayMin = TimeSpan.FromMilliseconds(100),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(n),
        }.Validate());
    }

    [Fact]
    public void A_time_that_is_longer_than_a_day_is_named_and_a_day_is_taken()
    {
        AssertAtMostADay(nameof(GrainsClientOptions.RequestTimeout), t =>
            new GrainsClientOptions("tcp://127.0.0.1:1") { RequestTimeout = t }.Validate());
        AssertAtMostADay(nameof(GrainsClientConnectionOptions.ConnectTimeout), t => new GrainsClientConnectionOptions { ConnectTimeout = t }.Validate());
        AssertAtMostADay(nameof(GrainsClientConnectionOptions.HeartbeatInterval), t =>
            new GrainsClientConnectionOptions { HeartbeatInterval = t }.Validate());
        AssertAtMostADay(nameof(GrainsClientConnectionOptions.ReconnectDelayMax), t =>
            new GrainsClientConnectionOptions { ReconnectDelayMin = t, ReconnectDelayMax = t }.Validate());
    }

    private static void AssertAtMostADay(string name, Action<TimeSpan> validate)
    {
        var day = TimeSpan.FromDays(1);
        validate(day);
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => validate(day + TimeSpan.FromTicks(1))).ParamName);
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => validate(TimeSpan.MaxValue)).ParamName);
    }

    private static void AssertLeast(string name, int least, Action<int> validate)
    {
        validate(least);
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => validate(least - 1)).ParamName);
    }

    private static GrainsClient Rented(GrainsClientPool pool)
    {
        using var lease = pool.Rent();
        return lease.Client;
    }

    /// <summary>The answer to a request comes after the messages, so that they have been taken when it is there; a subscription that was
    /// parked says so before the next request.</summary>
    private static async Task AssertParksAtAsync(int held, FakeServer server, GrainsClient client)
    {
        var connection = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("t", TopicStart.Offset(0)).AsTask();
        var subscribe = await connection.ReadAsync("pubsub-subscribe");
        await connection.AcknowledgeAsync(subscribe, ""","subscribed_at":1""");
        await using var subscription = await subscribing;
        var get = client.Cache.ExistsAsync(("n", "k")).AsTask();
        var request = await connection.ReadAsync("cache-request");
        for (var i = 0; i < held; i++)
            await connection.NotifyAsync(subscribe, "t", 1, i);
        await AnswerAsync(connection, request);
        await get;
        var next = client.Cache.ExistsAsync(("n", "k")).AsTask();
        await AnswerAsync(connection, await connection.ReadAsync("cache-request"));
        await next;

        await connection.NotifyAsync(subscribe, "t", 1, held);
        await connection.AcknowledgeAsync(await connection.ReadAsync("pubsub-unsubscribe"));
        await using var reader = subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (var i = 0; i < held; i++)
        {
            Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
            Assert.Equal(i, reader.Current.Record!.Offset);
        }

        var resume = await connection.ReadAsync("pubsub-subscribe");
        Assert.Equal($$"""{"t":[1,{{held}}]}""", resume["subscription"]!["start"]!["resume"]!.ToJsonString());
        connection.Drop();
    }

    private static Task AnswerAsync(FakeConnection connection, System.Text.Json.Nodes.JsonObject request) =>
        connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");

    /// <summary>Begins a stream whose reader has taken item 0 and leaves those from 1 on.</summary>
    private static async Task<string> StreamAsync(FakeConnection connection, IAsyncEnumerator<int> items, int itemsUnread)
    {
        var moving = items.MoveNextAsync().AsTask();
        var u = (string)(await connection.ReadAsync("rpc"))["u"]!;
        await ProgressAsync(connection, u, 0);
        Assert.True(await moving.WaitAsync(FakeConnection.Patience));
        Assert.Equal(0, items.Current);
        for (var i = 1; i <= itemsUnread; i++)
            await ProgressAsync(connection, u, i);
        return u;
    }

    private static Task ProgressAsync(FakeConnection connection, string u, int item) =>
        connection.SendAsync($$"""{"role":"rpc-progress","u":"{{u}}","name":".call","seq":{{item}},"value":{{item}} }""");

    private static async Task AssertNextAsync(IAsyncEnumerator<int> items, int expected)
    {
        Assert.True(await items.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
        Assert.Equal(expected, items.Current);
    }

    /// <summary>Remembers what is sent, and receives nothing until the end.</summary>
    private sealed class HeldTransport : ITransport
    {
        public Channel<byte[]> Sent { get; } = Channel.CreateUnbounded<byte[]>();

        public ReadOnlyMemory<byte> PingMessage => default;

        public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return default;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
            Sent.Writer.WriteAsync(message.ToArray(), cancellationToken);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class NoEvents : IConnectionEvents
    {
        public void OnMessage(Connection connection, in Incoming incoming)
        {
        }

        public void OnClosed(Connection connection, Exception reason, IReadOnlyCollection<PendingAnswer> unanswered)
        {
        }
    }
}
