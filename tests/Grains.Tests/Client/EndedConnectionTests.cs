using System.Text.Json.Nodes;
using System.Threading.Channels;
using Grains.Client;

namespace Grains.Tests.Client;

/// <summary>What the end of a connection may not harm: the client's own end, and the connection that has taken its place.</summary>
public sealed class EndedConnectionTests
{
    private static readonly CacheKey Key = new("ns", "k");

    [Fact]
    public async Task A_callback_that_throws_when_its_call_is_cancelled_holds_up_neither_the_connection_nor_the_end_of_the_client()
    {
        await using var server = FakeServer.Tcp();
        var told = Channel.CreateUnbounded<string>();
        using var started = new SemaphoreSlim(0);
        using var ended = new SemaphoreSlim(0);
        var client = new GrainsClient(Options(server, error => _ = error is InvalidOperationException && told.Writer.TryWrite(error.Message)));
        var connection = await server.AcceptAsync();
        await OfferAsync(client, connection, async (CancellationToken cancelled) =>
        {
            var waiting = Task.Delay(Timeout.Infinite, cancelled);
            // Called first, being the last: the function goes on all the same.
            using var callback = cancelled.Register(() => throw new InvalidOperationException("The callback's own."));
            started.Release();
            try
            {
                await waiting;
            }
            finally
            {
                ended.Release();
            }
        });
        await InvokeAsync(connection, "c-1");
        Assert.True(await started.WaitAsync(FakeConnection.Patience));

        await connection.SendAsync("""{"role":"rpc-cancel","u":"c-1","code":1006}""");
        Assert.Equal("c-1", (string?)(await connection.ReadAsync("rpc-result"))["u"]);
        Assert.True(await ended.WaitAsync(FakeConnection.Patience));
        Assert.Equal("The callback's own.", await told.Reader.ReadAsync().AsTask().WaitAsync(FakeConnection.Patience));
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        await AnswerHitAsync(connection, "3");
        Assert.Equal(3, await get.WaitAsync(FakeConnection.Patience));

        await InvokeAsync(connection, "c-2");
        Assert.True(await started.WaitAsync(FakeConnection.Patience));
        await client.DisposeAsync().AsTask().WaitAsync(FakeConnection.Patience);
        Assert.True(ended.Wait(0), "The end of the client waits for the calls that run here.");
        Assert.True(told.Reader.TryRead(out var last), "The end of the client comes after what it has to tell.");
        Assert.Equal("The callback's own.", last);
    }

    [Fact]
    public async Task Calls_that_end_while_they_are_cancelled_harm_nothing()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(Options(server, _ => { }));
        var connection = await server.AcceptAsync();
        await OfferAsync(client, connection, () => { });
        for (var call = 0; call < 500; call++)
        {
            await InvokeAsync(connection, $"c-{call}");
            await connection.SendAsync($$"""{"role":"rpc-cancel","u":"c-{{call}}","code":1006}""");
        }

        // The fake hears only the connection that it knows: a lost one would have been replaced.
        var get = client.Cache.GetAsync<int>(Key).AsTask();
        string message;
        do
            message = await connection.ReadTextAsync();
        while (!message.Contains("\"cache-request\"", StringComparison.Ordinal));
        await AnswerHitAsync(connection, JsonNode.Parse(message)!, "3");
        Assert.Equal(3, await get.WaitAsync(FakeConnection.Patience));
        Assert.Equal(0, client.Statistics.Reconnects);
    }

    [Fact]
    public async Task The_late_end_of_a_connection_that_said_goodbye_leaves_the_next_one_in_use()
    {
        await using var server = FakeServer.Tcp();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new GrainsClient(Options(server, _ => lost.TrySetResult()));
        var first = await server.AcceptAsync();
        await first.SendAsync("""{"role":"goodbye","code":1401,"error":"The server is stopping."}""");
        var second = await server.AcceptAsync();
        await client.ConnectAsync(TestContext.Current.CancellationToken).WaitAsync(FakeConnection.Patience);

        first.Drop();
        await lost.Task.WaitAsync(FakeConnection.Patience);

        for (var i = 0; i < 3; i++)
        {
            var get = client.Cache.GetAsync<int>(Key).AsTask();
            await AnswerHitAsync(second, "3");
            Assert.Equal(3, await get.WaitAsync(FakeConnection.Patience));
        }

        Assert.Equal(1, client.Statistics.Reconnects);
    }

    private static GrainsClientOptions Options(FakeServer server, Action<Exception> onError) => new(server.Endpoint)
    {
        Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        OnError = onError,
        RequestTimeout = FakeConnection.Patience,
    };

    private static async Task OfferAsync(GrainsClient client, FakeConnection connection, Delegate function)
    {
        var offering = client.Functions.OfferAsync("f", function).AsTask();
        var register = await connection.ReadAsync("rpc-register");
        await connection.SendAsync($$"""{"role":"rpc-ack","operation_id":"{{register["u"]}}","success":true,"error":null,"u":"ack"}""");
        await offering.WaitAsync(FakeConnection.Patience);
    }

    private static Task InvokeAsync(FakeConnection connection, string call) => connection.SendAsync(
        $$"""{"role":"rpc-invoke","u":"{{call}}","fun":"f","args":[],"kwargs":{},"caller":"x","timeout_ms":30000,"stream":false}""");

    private static async Task AnswerHitAsync(FakeConnection connection, string value) =>
        await AnswerHitAsync(connection, await connection.ReadAsync("cache-request"), value);

    private static Task AnswerHitAsync(FakeConnection connection, JsonNode request, string value) => connection.SendAsync(
        $$"""{"role":"cache-response","u":"{{request["u"]}}","status":"hit","entry":{"value":{{value}},"revision":5},"revision":5}""");
}
