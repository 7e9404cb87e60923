using Grains.Client;
using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>The client against the real server, where only a client can see it.</summary>
public sealed class ClientAndServerTests
{
    [Theory]
    [InlineData("ws")]
    [InlineData("wss")]
    [InlineData("tcp")]
    [InlineData("tcps")]
    public async Task Every_scheme_carries_a_large_value(string scheme)
    {
        await using var server = await TestServer.StartAsync(tls: true);
        await using var client = (GrainsClient)await Users.ConnectAsync(server, scheme);
        var large = new byte[5_000_000];
        new Random(1).NextBytes(large);
        await client.Cache.PutAsync(("large", "k"), large);
        Assert.Equal(large, await client.Cache.GetAsync<byte[]>(("large", "k")));
        Assert.NotEqual(default, client.ConnectionId);
        Assert.Equal((2, 1, 0), (client.Statistics.RequestsSent, client.Statistics.CacheHits, client.Statistics.CacheMisses));
    }

    [Theory]
    [InlineData("wss")]
    [InlineData("tcps")]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_unless_the_program_says_otherwise(string scheme)
    {
        await using var server = await TestServer.StartAsync(tls: true);
        var refused = new TaskCompletionSource<Exception>();
        var endpoint = server.AddressOf(scheme).ToString();
        await using var wary = new GrainsClient(new GrainsClientOptions(endpoint) { OnError = e => refused.TrySetResult(e) });
        Assert.Contains(endpoint, (await refused.Task.WaitAsync(FakeConnection.Patience)).Message, StringComparison.Ordinal);
        Assert.False(wary.IsConnected);
        var trusting = new GrainsClientOptions(endpoint)
        {
            Tls = new GrainsClientTlsOptions { ValidateCertificate = (_, certificate, _, _) => certificate!.GetCertHashString() == TestServer.Certificate.Thumbprint },
        };
        await using var client = await GrainsClient.ConnectAsync(trusting);
        Assert.True(client.IsConnected);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public async Task Names_of_the_server_are_refused(string scheme)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = (GrainsClient)await Users.ConnectAsync(server, scheme);
        Assert.Equal(ErrorCode.TopicReserved, (await Assert.ThrowsAsync<GrainsException>(() => client.Topics.PublishAsync("system.x", 1).AsTask())).Code);
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_refused_before_it_leaves()
    {
        await using var server = await TestServer.StartAsync(new Dictionary<string, string> { ["Limits:MessageBytesMax"] = "65536" });
        await using var client = (GrainsClient)await Users.ConnectAsync(server, "tcp");
        var refused = await Assert.ThrowsAsync<GrainsException>(() => client.Cache.PutAsync(("n", "k"), new string('x', 70_000)).AsTask());
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
        await client.Cache.PutAsync(("n", "k"), 1);
    }

    [Fact]
    public async Task A_call_can_be_addressed_to_one_client()
    {
        await using var server = await TestServer.StartAsync();
        await using var one = (GrainsClient)await Users.ConnectAsync(server, "tcp");
        await using var two = (GrainsClient)await Users.ConnectAsync(server, "ws");
        await one.Functions.OfferAsync("who", () => "one");
        await two.Functions.OfferAsync("who", () => "two");
        Assert.Equal("two", await server.Grains.Functions.CallAsync<string>(new FunctionCall("who") { Target = two.ConnectionId }));
        Assert.Equal("one", await two.Functions.CallAsync<string>(new FunctionCall("who") { Target = one.ConnectionId }));
    }

    [Fact]
    public async Task A_function_whose_client_goes_away_fails_its_callers_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var provider = (GrainsClient)await Users.ConnectAsync(server, "tcp");
        var started = new TaskCompletionSource();
        await provider.Functions.OfferAsync("hang", async (CancellationToken token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        var call = server.Grains.Functions.CallAsync(new FunctionCall("hang")).AsTask();
        await started.Task.WaitAsync(FakeConnection.Patience);
        await provider.DisposeAsync();
        Assert.Equal(ErrorCode.ProviderLost, (await call.WaitAsync(FakeConnection.Patience)).Error);
    }

    [Fact]
    public async Task A_slow_subscription_holds_up_neither_answers_nor_other_subscriptions()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = (GrainsClient)await Users.ConnectAsync(server, "tcp");
        await client.Topics.CreateAsync("flood", new TopicRetention { MessagesMax = 100_000 });
        await using var slow = await client.Topics.SubscribeAsync("flood", TopicStart.Beginning);
        await using var fast = await client.Topics.SubscribeAsync("flood", TopicStart.Beginning);
        var reading = fast.MessagesAsync<int>().Take(5_000).Select(m => m.Payload).ToListAsync().AsTask();
        for (var i = 0; i < 5_000; i++)
            await client.Topics.PublishAsync("flood", i);
        Assert.Equal(Enumerable.Range(0, 5_000), await reading.WaitAsync(FakeConnection.Patience));
        Assert.Equal(Enumerable.Range(0, 5_000),
            await slow.MessagesAsync<int>().Take(5_000).Select(m => m.Payload).ToListAsync().AsTask().WaitAsync(FakeConnection.Patience));
    }

    [Fact]
    public async Task A_subscription_misses_nothing_when_its_connection_is_cut()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Tcp.ToString())
        {
            Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        });
        await using var subscription = await client.Topics.SubscribeAsync("cut.#");
        var reading = subscription.MessagesAsync<int>().Take(1_000).ToListAsync().AsTask();
        for (var i = 0; i < 1_000; i++)
        {
            if (i % 200 == 100)
                client.Session.Current?.Close(new IOException("Cut by the test."));
            await server.Grains.Topics.PublishAsync(i % 2 == 0 ? "cut.even" : $"cut.odd{i / 200}", i);
        }

        var messages = await reading.WaitAsync(FakeConnection.Patience);
        Assert.Equal(Enumerable.Range(0, 1_000), messages.Select(m => m.Payload).Order());
        Assert.All(messages.GroupBy(m => m.Topic), topic => Assert.Equal(topic.Select(m => m.Offset).Order(), topic.Select(m => m.Offset)));
        Assert.True(client.Statistics.Reconnects > 0);
    }

    [Fact]
    public async Task Concurrent_increments_over_connections_that_are_cut_count_each_once()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Tcp.ToString())
        {
            Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        });
        for (var key = 0; key < 20; key++)
        {
            await client.ConnectAsync();
            var increments = Enumerable.Range(0, 30).Select(_ => client.Cache.IncrementAsync(("cut", $"k{key}")).AsTask()).ToList();
            client.Session.Current?.Close(new IOException("Cut by the test."));
            await Task.WhenAll(increments).WaitAsync(FakeConnection.Patience);
            Assert.Equal(Enumerable.Range(1, 30).Select(n => (long)n), increments.Select(t => t.Result).Order());
            Assert.Equal(30, await client.Cache.GetAsync<long>(("cut", $"k{key}")));
        }
    }

    [Fact]
    public async Task A_pool_replaces_what_is_old_and_keeps_what_is_rented()
    {
        await using var server = await TestServer.StartAsync();
        var time = new ManualTime();
        await using var pool = new GrainsClientPool(new GrainsClientPoolOptions(new GrainsClientOptions(server.Tcp.ToString()) { Time = time })
        {
            Size = 1,
            LifetimeMax = TimeSpan.FromMinutes(1),
        });
        GrainsClient first;
        using (var lease = pool.Rent())
        {
            first = lease.Client;
            await first.Cache.PutAsync(("pool", "k"), 1);
            time.Advance(TimeSpan.FromMinutes(2));
            using var again = pool.Rent();
            Assert.Same(first, again.Client);
        }

        using var later = pool.Rent();
        Assert.NotSame(first, later.Client);
        Assert.Equal(1, await later.Client.Cache.GetAsync<int>(("pool", "k")));
    }
}
