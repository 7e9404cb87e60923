using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Grains.Orleans.Tests.Client;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Grains.Tests.Faults;
using Grains.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Figures;

/// <summary>
/// What the Orleans engine costs: the same requests over TCP at a server on the Local engine and at one that is a silo, beside a bare grain call and a
/// bare observer call on that silo, in one process and one run. Not run with the tests; it asserts nothing about time. Run it with
/// <c>-explicit only -class '*OrleansFigures' -showLiveOutput</c>.
/// </summary>
public sealed class OrleansFigures(ITestOutputHelper output)
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);
    private const int Rounds = 3;

    private readonly List<RawTcpClient> _clients = [];

    [Fact(Explicit = true)]
    public async Task Front_door_get_and_publish_against_bare_grain_and_observer_calls()
    {
        var (siloPort, gatewayPort) = new TestClusterPortAllocator().AllocateConsecutivePortPairs(1);
        await using var local = await TestServer.StartAsync();
        await using var orleans = await TestServer.StartAsync(
            new Dictionary<string, string> { ["Engine"] = "orleans" },
            configure: builder => builder.AddOrleansEngine(silo => silo.UseLocalhostClustering(siloPort, gatewayPort)));
        var factory = orleans.Services.GetRequiredService<IGrainFactory>();
        var poke = factory.GetGrain<IPokeGrain>("one");
        var observer = new Poked();
        var reference = factory.CreateObjectReference<IPokeObserver>(observer);
        var key = factory.GetKeyGrain(new CacheKey("figures", "one"));
        await key.ExecuteAsync(new CacheCommand("put") { Value = Value.Json("\"0123456789\"") });
        await local.Grains.Cache.PutAsync(("figures", "one"), "0123456789");

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var at in new[] { 1, 50 })
            {
                await TellAsync("bare grain call", at, _ => Task.FromResult<Func<Task>>(() => poke.PokeAsync(1)));
                await TellAsync("get at the key's grain", at, _ => Task.FromResult<Func<Task>>(() => key.ExecuteAsync(CacheCommand.Get).AsTask()));
                await TellAsync("get over TCP, Local", at, _ => GetAsync(local));
                await TellAsync("get over TCP, Orleans", at, _ => GetAsync(orleans));
            }

            await TellAsync("bare observer call and back", 1, _ => Task.FromResult<Func<Task>>(() => observer.WaitForAsync(() => poke.TellAsync(reference))));
            await TellAsync("publish to its notification over TCP, Local", 1, _ => PublishAsync(local));
            await TellAsync("publish to its notification over TCP, Orleans", 1, _ => PublishAsync(orleans));
        }
    }

    /// <summary>What a message to another silo costs that is acknowledged, beside one that is not: two silos over their own sockets.</summary>
    [Fact(Explicit = true)]
    public async Task A_call_of_another_silos_service_against_an_observer_call_there_and_back()
    {
        await using var servers = await TwoServers.StartAsync();
        var (first, second) = (servers.First.Services, servers.Second.Services);
        var service = first.GetRequiredService<TopicSilos>().Of(second.GetRequiredService<ILocalSiloDetails>().SiloAddress);
        var observer = new Poked();
        // An observer lives where its reference was made.
        var reference = first.GetRequiredService<IGrainFactory>().CreateObjectReference<IPokeObserver>(observer);
        var poke = await PokeAtAsync(second);
        for (var round = 0; round < Rounds; round++)
        {
            await TellAsync("call of another silo's service", 1, _ => Task.FromResult<Func<Task>>(() => service.ClockAsync()));
            await TellAsync("bare call of another silo's grain", 1, _ => Task.FromResult<Func<Task>>(() => poke.PokeAsync(1)));
            await TellAsync("the same with an observer call back", 1, _ => Task.FromResult<Func<Task>>(
                () => observer.WaitForAsync(() => poke.TellAsync(reference))));
        }

        async Task<IPokeGrain> PokeAtAsync(IServiceProvider silo)
        {
            for (var i = 0; ; i++)
            {
                var grain = first.GetRequiredService<IGrainFactory>().GetGrain<IPokeGrain>($"{i}");
                if (await grain.WhereAsync() == silo.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString())
                    return grain;
            }
        }
    }

    /// <summary>What the long poll of a session costs, by which an Orleans client hears of messages, beside an observer of that client.</summary>
    [Fact(Explicit = true)]
    public async Task A_message_to_a_session_against_an_observer_call()
    {
        await using var cluster = await ClientCluster.StartAsync();
        var program = cluster.Cluster.Client;
        var observer = new Poked();
        var reference = program.CreateObjectReference<IPokeObserver>(observer);
        var poke = program.GetGrain<IPokeGrain>("one");
        var topics = ClientCluster.GrainsOf(cluster.OtherSilo).Topics;
        await using var subscription = await cluster.Topics.SubscribeAsync("figures");
        await using var messages = subscription.MessagesAsync<string>().GetAsyncEnumerator();
        for (var round = 0; round < Rounds; round++)
        {
            await TellAsync("bare grain call with an observer call back", 1, _ => Task.FromResult<Func<Task>>(
                () => observer.WaitForAsync(() => poke.TellAsync(reference))));
            await TellAsync("publish at a silo to its delivery at an Orleans client", 1, _ => Task.FromResult<Func<Task>>(async () =>
            {
                await topics.PublishAsync("figures", "0123456789");
                await messages.MoveNextAsync();
            }));
            await TellAsync("one publisher and its reader at an Orleans client, each message", 1, _ => Task.FromResult<Func<Task>>(async () =>
            {
                var reading = Task.Run(async () =>
                {
                    for (var i = 0; i < 1_000; i++)
                        await messages.MoveNextAsync();
                });
                for (var i = 0; i < 1_000; i++)
                    await topics.PublishAsync("figures", "0123456789");
                await reading;
            }), each: 1_000);
        }
    }

    private async Task TellAsync(string what, int atOnce, Func<int, Task<Func<Task>>> make, int each = 1)
    {
        var works = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(make));
        await RunAsync(works, Warmup);
        var watch = Stopwatch.StartNew();
        var count = each * await RunAsync(works, Measured);
        var seconds = watch.Elapsed.TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}, {atOnce} at once: {count / seconds:F0} a second, {seconds * atOnce * 1e6 / count:F1} µs each"));
        foreach (var client in _clients)
            await client.DisposeAsync();
        _clients.Clear();
    }

    private static async Task<long> RunAsync(Func<Task>[] works, TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(works.Select(work => Task.Run(async () =>
        {
            var count = 0L;
            for (; Stopwatch.GetTimestamp() < end; count++)
                await work();
            return count;
        })));
        return counts.Sum();
    }

    private async Task<Func<Task>> GetAsync(TestServer server)
    {
        var client = await ConnectAsync(server);
        var request = Encoding.UTF8.GetBytes(
            """{"role":"cache-request","u":"1","operation":"get","key":{"namespace":"figures","identifier":"one"}}""");
        return async () =>
        {
            await client.SendAsync(request);
            var answer = await client.ReceiveAsync();
            if (answer is null || answer.AsSpan().IndexOf("\"status\":\"hit\""u8) < 0)
                throw new InvalidOperationException($"Not a hit: {(answer is null ? "the connection has ended" : Encoding.UTF8.GetString(answer))}");
        };
    }

    /// <summary>From the publish of one connection to the notification on another.</summary>
    private async Task<Func<Task>> PublishAsync(TestServer server)
    {
        var (publisher, subscriber) = (await ConnectAsync(server), await ConnectAsync(server));
        await subscriber.SendAsync(
            """{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s","patterns":[{"pattern":"figures"}]}}"""u8.ToArray());
        await subscriber.ReceiveAsync();
        var request = """{"role":"pubsub-publish","u":"p","message":{"topic":"figures","payload":"0123456789"}}"""u8.ToArray();
        return async () =>
        {
            await publisher.SendAsync(request);
            await subscriber.ReceiveAsync();
            await publisher.ReceiveAsync();
        };
    }

    private async Task<RawTcpClient> ConnectAsync(TestServer server)
    {
        var client = await RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port));
        lock (_clients)
            _clients.Add(client);
        return client;
    }

    private sealed class Poked : IPokeObserver
    {
        private TaskCompletionSource _next = new();

        public Task WaitForAsync(Func<Task> cause)
        {
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return Task.WhenAll(cause(), _next.Task);
        }

        public void Tell(string text) => _next.TrySetResult();
    }
}
