using Grains.Tests.Faults;
using Grains.Tests.Hosting;

namespace Grains.Tests.Linearizability;

/// <summary>The promise that locks are made of, over real sockets: of many test-and-sets with one expected value exactly one wins.</summary>
public sealed class OneWinnerTests
{
    private const int Connections = 64;
    private const string Key = """
        "key":{"namespace":"rounds","identifier":"one"},"options":{"include_metadata":false}
        """;

    [Fact]
    public async Task Each_round_has_one_winner_though_connections_are_cut_in_mid_operation()
    {
        await using var server = await TestServer.StartAsync();
        var clients = await FaultyClient.ConnectAsync(server, Connections);
        var random = new Random(1);
        var current = "null";
        var cutWinners = 0;
        for (var round = 0; round < Scale.Of(5_000, 100_000); round++)
        {
            var cut = round % 4 == 0 ? Cut(clients, random) : [];
            var replies = await Task.WhenAll(clients.Select((c, i) => TestAndSetAsync(c, current, $"\"{round}:{i}\"")));

            var winners = Enumerable.Range(0, Connections).Where(i => replies[i] == "hit").ToArray();
            Assert.All(replies, r => Assert.Contains(r, new[] { "hit", "conflict", "unknown" }));
            foreach (var i in Enumerable.Range(0, Connections).Where(i => replies[i] == "unknown"))
                await clients[i].ConnectAsync();
            foreach (var i in cut.Where(i => replies[i] != "unknown"))
                await clients[i].ConnectAsync();
            current = await GetAsync(clients[round % Connections]);
            var holder = int.Parse(current.Trim('"').Split(':')[1], null);
            Assert.StartsWith($"\"{round}:", current, StringComparison.Ordinal);
            Assert.True(winners is [var winner] ? winner == holder : winners.Length == 0 && replies[holder] == "unknown", $"round {round}: winners {string.Join(',', winners)}, the key holds {current}");
            cutWinners += winners.Length == 0 ? 1 : 0;
        }

        Assert.True(cutWinners > 0, "No winner was ever cut: the cuts come too early or too late to show anything.");
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    /// <summary>Arms two connections to be cut at some byte of their next request or answer.</summary>
    private static int[] Cut(FaultyClient[] clients, Random random)
    {
        int[] chosen = [random.Next(Connections), random.Next(Connections)];
        foreach (var i in chosen)
        {
            if (random.Next(2) == 0)
                clients[i].Link.CutAfterMoreToServer(random.Next(400));
            else
                clients[i].Link.CutAfterMoreToClient(random.Next(250));
        }

        return chosen;
    }

    private static async Task<string> TestAndSetAsync(FaultyClient client, string expected, string value)
    {
        var reply = await client.TryRequestAsync($$"""
            "role":"cache-request","operation":"atomic","atomic_operation":{"operation_type":"test_and_set","expected_value":{{expected}},"new_value":{{value}}},{{Key}}
            """);
        return reply?.GetProperty("status").GetString() ?? "unknown";
    }

    private static async Task<string> GetAsync(FaultyClient client) =>
        (await client.Session.RequestAsync("\"role\":\"cache-request\",\"operation\":\"get\"," + Key)).GetProperty("entry").GetProperty("value").GetRawText();
}
