using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Client;

/// <summary>Programs of one's own, with grains of their own: a silo that hosts Grains beside them, and a client of it over sockets.</summary>
public sealed class CoHostingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_silo_with_grains_of_its_own_hosts_these_too_and_its_clients_share_them()
    {
        var ports = new TestClusterPortAllocator();
        var (siloPort, gatewayPort) = ports.AllocateConsecutivePortPairs(1);
        using var silo = Program(builder =>
        {
            builder.UseOrleans(orleans => orleans.UseLocalhostClustering(siloPort, gatewayPort).AddGrains());
            builder.Services.AddHostedService<OrderCounter>();
        });
        using var client = Program(builder => builder.UseOrleansClient(orleans => orleans.UseLocalhostClustering(gatewayPort).AddGrains()));
        await silo.StartAsync().WaitAsync(Patience);
        await client.StartAsync().WaitAsync(Patience);
        var (atSilo, atClient) = (silo.Services.GetRequiredService<IGrains>(), client.Services.GetRequiredService<IGrains>());

        // The silo's own grain uses the cache and the topics of its silo.
        await using var shipped = await atClient.Topics.SubscribeAsync("shipped.#");
        var cart = client.Services.GetRequiredService<IClusterClient>().GetGrain<ICartGrain>("ada");
        Assert.Equal(1, await cart.AddAsync("book"));
        Assert.Equal(2, await cart.AddAsync("pen"));
        Assert.Equal(2, await atClient.Cache.GetAsync<int>(("carts", "ada")));
        var messages = await shipped.MessagesAsync<string>().Take(2).ToListAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(["book", "pen"], messages.Select(message => message.Payload));

        // Functions go both ways, and the silo's hosted service listens.
        await using var tax = await atSilo.Functions.OfferAsync("tax", (int price) => price / 5);
        await using var price = await atClient.Functions.OfferAsync("price", (string item) => item.Length * 100);
        Assert.Equal(20, await atClient.Functions.CallAsync<int>("tax", 100));
        Assert.Equal(400, await atSilo.Functions.CallAsync<int>("price", "book"));
        await atClient.Topics.PublishAsync("orders", 1);
        var counter = silo.Services.GetServices<IHostedService>().OfType<OrderCounter>().Single();
        await counter.Counted.Task.WaitAsync(Patience);

        // The public grains, straight.
        var key = await client.Services.GetRequiredService<IGrainFactory>().GetKeyGrain(new CacheKey("carts", "ada")).ExecuteAsync(CacheCommand.Get);
        Assert.Equal("2", key.Value.ToString());

        await client.StopAsync().WaitAsync(Patience);
        Assert.Empty(await atSilo.Functions.ListAsync("price"));
        await silo.StopAsync().WaitAsync(Patience);
    }

    private static IHost Program(Action<HostApplicationBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure(builder);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        return builder.Build();
    }
}

/// <summary>A grain of a program that hosts Grains.</summary>
[Alias("grains.tests.ICartGrain")]
public interface ICartGrain : IGrainWithStringKey
{
    [Alias("add")]
    Task<long> AddAsync(string item);
}

/// <summary>Counts in the shared cache and tells the shared topics.</summary>
public sealed class CartGrain(ICache cache, ITopics topics) : Grain, ICartGrain
{
    public async Task<long> AddAsync(string item)
    {
        var name = this.GetPrimaryKeyString();
        await topics.PublishAsync($"shipped.{name}", item);
        return await cache.IncrementAsync(("carts", name));
    }
}

/// <summary>A hosted service of a program that hosts Grains.</summary>
public sealed class OrderCounter(ITopics topics) : BackgroundService
{
    public TaskCompletionSource Counted { get; } = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var order in topics.MessagesAsync<int>("orders", TopicStart.Beginning, cancellationToken: stoppingToken))
        {
            if (order.Payload == 1)
                Counted.TrySetResult();
        }
    }
}
