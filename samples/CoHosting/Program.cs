// A web shop that hosts the grains in its own process, and a client of it over the wire: both use the same interfaces.
//   dotnet run --project samples/CoHosting            runs both, prints what they say to each other, and ends
//   dotnet run --project samples/CoHosting -- serve   runs the shop until it is stopped
using CoHosting;
using Grains;
using Grains.Client;
using Grains.Gateway.Hosting;
using Microsoft.Extensions.Caching.Distributed;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseUrls("http://127.0.0.1:5080");
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddGrains()
    .AddFunction("price", (string article, int count = 1) => Prices.Of(article) * count)
    .AddFunction(new FunctionOffer("slow_price") { CacheFor = TimeSpan.FromMinutes(1) }, Prices.SlowlyAsync);

var shop = builder.Build();
shop.MapGrains("/grains");
shop.MapGet("/hits", async (ICache cache) => await cache.IncrementAsync(("shop", "hits")));
shop.MapPost("/orders/{article}", async (string article, ITopics topics) => (await topics.PublishAsync($"orders.{article}", new Order(article, 1))).Offset);
shop.MapGet("/greeting", async (IDistributedCache cache) => await cache.GetStringAsync("greeting") ?? "nothing cached");

if (args is ["serve", ..])
{
    await shop.RunAsync();
    return;
}

await shop.StartAsync();
await Client.RunAsync(new Uri("ws://127.0.0.1:5080/grains"), shop.Services);
await shop.StopAsync();
