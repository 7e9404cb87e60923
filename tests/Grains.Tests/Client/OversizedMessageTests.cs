using Grains.Client;

namespace Grains.Tests.Client;

/// <summary>A message that is longer than the client accepts: what may have caused it fails with the limit's name and is not asked for again.</summary>
public sealed class OversizedMessageTests
{
    private const int Limit = 1024;

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    public async Task An_answer_at_the_limit_is_read_and_one_past_it_fails_the_request_for_good(string transport)
    {
        await using var server = Server(transport);
        await using var client = Client(server);
        var connection = await server.AcceptAsync();
        var exists = client.Cache.ExistsAsync(("n", "k")).AsTask();
        await AnswerAsync(connection, Limit);
        Assert.False(await exists.WaitAsync(FakeConnection.Patience));

        var tooLong = client.Cache.ExistsAsync(("n", "first")).AsTask();
        await AnswerAsync(connection, Limit + 1);
        var failure = await Assert.ThrowsAsync<GrainsException>(() => tooLong.WaitAsync(FakeConnection.Patience));
        Assert.Equal(ErrorCode.MessageTooLarge, failure.Code);
        Assert.Contains("accepts 1024 (GrainsClientLimits.MessageBytesMax)", failure.Message, StringComparison.Ordinal);

        var next = client.Cache.ExistsAsync(("n", "second")).AsTask();
        connection = await server.AcceptAsync();
        var request = await connection.ReadAsync("cache-request");
        Assert.Equal("second", (string?)request["key"]!["identifier"]);
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await next.WaitAsync(FakeConnection.Patience));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    public async Task A_subscription_that_meets_it_ends_and_is_not_resumed(string transport)
    {
        await using var server = Server(transport);
        await using var client = Client(server);
        var connection = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("t", TopicStart.New).AsTask();
        await connection.AcknowledgeAsync(await connection.ReadAsync("pubsub-subscribe"), ""","subscribed_at":1""");
        await using var subscription = await subscribing.WaitAsync(FakeConnection.Patience);
        await connection.SendAsync(new string(' ', Limit) + "{}");

        await using var reader = subscription.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<GrainsException>(() => reader.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
        Assert.Equal(ErrorCode.MessageTooLarge, failure.Code);
        connection = await server.AcceptAsync();
        var exists = client.Cache.ExistsAsync(("n", "k")).AsTask();
        var request = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await exists.WaitAsync(FakeConnection.Patience));
    }

    private static FakeServer Server(string transport) => transport == "tcp" ? FakeServer.Tcp() : FakeServer.WebSocket();

    private static GrainsClient Client(FakeServer server) =>
        new(new GrainsClientOptions(server.Endpoint) { Limits = new GrainsClientLimits { MessageBytesMax = Limit } });

    private static async Task AnswerAsync(FakeConnection connection, int length)
    {
        var request = await connection.ReadAsync("cache-request");
        var answer = $$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false,"pad":""}""";
        await connection.SendAsync(answer.Insert(answer.Length - 2, new string('x', length - answer.Length)));
    }
}
