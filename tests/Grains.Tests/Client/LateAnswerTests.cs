using Grains.Client;

namespace Grains.Tests.Client;

/// <summary>What a connection still answers after its goodbye, when another has taken its place.</summary>
public sealed class LateAnswerTests
{
    private const string Goodbye = """{"role":"goodbye","code":1401,"error":"The server is stopping."}""";

    [Fact]
    public async Task A_subscription_that_is_acknowledged_late_goes_on_on_the_next_connection()
    {
        await using var server = FakeServer.Tcp();
        await using var client = Connect(server);
        var first = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("a.#").AsTask();
        var subscribe = await first.ReadAsync("pubsub-subscribe");
        var second = await ReplaceAsync(server, client, first);

        await first.AcknowledgeAsync(subscribe, ""","subscribed_at":1000000.25,"replaced":false""");

        await using var subscription = await subscribing.WaitAsync(FakeConnection.Patience);
        var resume = await second.ReadAsync("pubsub-subscribe");
        Assert.Equal("""{"resume":{},"time":1000000.25,"from":"new"}""", resume["subscription"]!["start"]!.ToJsonString());
        await second.AcknowledgeAsync(resume, ""","subscribed_at":1000009""");
        await second.NotifyAsync(resume, "a.b", 9, 4);
        await AssertNextAsync(subscription, 4);
        second.Drop();
    }

    [Theory]
    [InlineData(""" "success":true,"error":null,"subscribed_at":1000005 """)]
    [InlineData(""" "success":false,"error":"The server is stopping.","code":1401 """)]
    public async Task A_late_answer_to_a_resume_does_not_take_the_subscription_from_the_next_connection(string answer)
    {
        await using var server = FakeServer.Tcp();
        await using var client = Connect(server);
        var first = await server.AcceptAsync();
        var subscribing = client.Topics.SubscribeAsync("a.#").AsTask();
        await first.AcknowledgeAsync(await first.ReadAsync("pubsub-subscribe"), ""","subscribed_at":1000000.25,"replaced":false""");
        await using var subscription = await subscribing.WaitAsync(FakeConnection.Patience);
        first.Drop();

        var second = await server.AcceptAsync();
        var unanswered = await second.ReadAsync("pubsub-subscribe");
        await client.ConnectAsync().WaitAsync(FakeConnection.Patience);
        var call = client.Functions.CallAsync<int>("f").AsTask();
        var called = await second.ReadAsync("rpc");
        var third = await ReplaceAsync(server, client, second);
        var resume = await third.ReadAsync("pubsub-subscribe");
        await third.AcknowledgeAsync(resume, ""","subscribed_at":1000009""");
        await third.NotifyAsync(resume, "a.b", 9, 4);
        await AssertNextAsync(subscription, 4);

        // The call's answer comes after the late one, which has been taken when it is there.
        await second.SendAsync($$"""{"role":"pubsub-ack","operation_id":"{{unanswered["u"]}}","u":"ack",{{answer}}}""");
        await second.SendAsync($$"""{"role":"rpc-response","r":{".call":1},"error":null,"u":"{{called["u"]}}"}""");
        Assert.Equal(1, await call.WaitAsync(FakeConnection.Patience));
        // A refusal is taken a little later, beside the receive loop.
        var exists = client.Cache.ExistsAsync(("ns", "k")).AsTask();
        var request = await third.ReadAsync("cache-request");
        await third.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await exists.WaitAsync(FakeConnection.Patience));
        await third.NotifyAsync(resume, "a.b", 9, 5);
        await AssertNextAsync(subscription, 5);
        third.Drop();
    }

    [Fact]
    public async Task A_function_whose_replacement_is_refused_is_registered_on_the_connection_that_came_meanwhile()
    {
        await using var server = FakeServer.Tcp();
        await using var client = Connect(server);
        var first = await server.AcceptAsync();
        var offering = client.Functions.OfferAsync("add", (int a, int b) => a + b).AsTask();
        await AcceptFunctionAsync(first, await first.ReadAsync("rpc-register"));
        await offering.WaitAsync(FakeConnection.Patience);
        var replacing = client.Functions.OfferAsync("add", (int a, int b) => a - b).AsTask();
        await first.ReadAsync("rpc-register");
        first.Drop();
        var second = await server.AcceptAsync();
        var register = await second.ReadAsync("rpc-register");

        await second.SendAsync($$"""{"role":"rpc-ack","operation_id":"{{register["u"]}}","success":false,"error":"Enough.","code":1006,"u":"ack"}""");

        await Assert.ThrowsAsync<GrainsException>(() => replacing.WaitAsync(FakeConnection.Patience));
        await AcceptFunctionAsync(second, await second.ReadAsync("rpc-register"));
        await second.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"add","args":[2],"kwargs":{"b":3},"caller":"x","timeout_ms":30000,"stream":false}""");
        Assert.Equal("""{"role":"rpc-result","u":"c-1","result":5}""", await second.ReadTextAsync());
    }

    [Fact]
    public async Task A_function_that_is_withdrawn_while_it_is_registered_again_is_withdrawn_there_too()
    {
        await using var server = FakeServer.Tcp();
        await using var client = Connect(server);
        var first = await server.AcceptAsync();
        var offering = client.Functions.OfferAsync("add", (int a, int b) => a + b).AsTask();
        await AcceptFunctionAsync(first, await first.ReadAsync("rpc-register"));
        var offer = await offering.WaitAsync(FakeConnection.Patience);
        first.Drop();
        var second = await server.AcceptAsync();
        var register = await second.ReadAsync("rpc-register");

        var withdrawing = offer.DisposeAsync().AsTask();
        var unregister = await second.ReadAsync("rpc-unregister");
        await AcceptFunctionAsync(second, register);

        // A server that has had them the other way round has it still.
        var again = await second.ReadAsync("rpc-unregister");
        await AcceptFunctionAsync(second, unregister);
        await AcceptFunctionAsync(second, again);
        await withdrawing.WaitAsync(FakeConnection.Patience);
    }

    [Fact]
    public async Task A_function_that_is_accepted_late_is_registered_on_the_next_connection()
    {
        await using var server = FakeServer.Tcp();
        await using var client = Connect(server);
        var first = await server.AcceptAsync();
        var offering = client.Functions.OfferAsync("add", (int a, int b) => a + b).AsTask();
        var register = await first.ReadAsync("rpc-register");
        var second = await ReplaceAsync(server, client, first);

        await AcceptFunctionAsync(first, register);

        await offering.WaitAsync(FakeConnection.Patience);
        await AcceptFunctionAsync(second, await second.ReadAsync("rpc-register"));
        await second.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"add","args":[2],"kwargs":{"b":3},"caller":"x","timeout_ms":30000,"stream":false}""");
        Assert.Equal("""{"role":"rpc-result","u":"c-1","result":5}""", await second.ReadTextAsync());
    }

    private static GrainsClient Connect(FakeServer server) => new(new GrainsClientOptions(server.Endpoint)
    {
        Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        RequestTimeout = FakeConnection.Patience,
    });

    /// <summary>The connection says goodbye; gives the next one, which is in use.</summary>
    private static async Task<FakeConnection> ReplaceAsync(FakeServer server, GrainsClient client, FakeConnection connection)
    {
        await connection.SendAsync(Goodbye);
        var next = await server.AcceptAsync();
        await client.ConnectAsync().WaitAsync(FakeConnection.Patience);
        return next;
    }

    private static Task AcceptFunctionAsync(FakeConnection connection, System.Text.Json.Nodes.JsonObject register) =>
        connection.SendAsync($$"""{"role":"rpc-ack","operation_id":"{{register["u"]}}","success":true,"error":null,"u":"ack"}""");

    private static async Task AssertNextAsync(ITopicSubscription subscription, long offset)
    {
        await using var reader = subscription.GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(FakeConnection.Patience));
        Assert.Equal(offset, reader.Current.Record!.Offset);
    }
}
