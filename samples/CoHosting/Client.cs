using Grains;
using Grains.Client;
using Microsoft.Extensions.Caching.Distributed;

namespace CoHosting;

/// <summary>The same verbs twice: over a WebSocket, and in the shop's own process with no wire between.</summary>
internal static class Client
{
    public static async Task RunAsync(Uri server, IServiceProvider shop)
    {
        await using var wire = await GrainsClient.ConnectAsync(new GrainsClientOptions(server.ToString()));
        var inProcess = shop.GetRequiredService<IGrains>();

        // An order published in the shop's process reaches the client.
        await using var orders = await wire.Topics.SubscribeAsync("orders.#");
        await inProcess.Topics.PublishAsync("orders.tea", new Order("tea", 2));
        await foreach (var order in orders.MessagesAsync<Order>())
        {
            Console.WriteLine($"order        {order.Payload}");
            break;
        }

        // A lock taken over the wire is taken for everybody.
        var mine = await wire.Cache.TestAndSetAsync(("locks", "printer"), null, "client", ttl: TimeSpan.FromSeconds(30));
        var theirs = await inProcess.Cache.TestAndSetAsync(("locks", "printer"), null, "shop", ttl: TimeSpan.FromSeconds(30));
        Console.WriteLine($"lock         client {mine.Succeeded}, shop {theirs.Succeeded}");

        // Functions of the shop for the client, and the client's for the shop.
        Console.WriteLine($"price        {await wire.Functions.CallAsync<decimal>("price", "tea", 3)}");
        await using var offer = await wire.Functions.OfferAsync("shout", (string text) => text.ToUpperInvariant());
        Console.WriteLine($"shout        {await inProcess.Functions.CallAsync<string>("shout", "hello")}");

        // The framework's own cache interface.
        await shop.GetRequiredService<IDistributedCache>().SetStringAsync("greeting", "hello from the grains");
        using var http = new HttpClient();
        Console.WriteLine($"greeting     {await http.GetStringAsync(new Uri("http://127.0.0.1:5080/greeting"))}");
    }
}
