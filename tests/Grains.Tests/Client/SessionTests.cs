using System.Globalization;
using System.Text;
using Grains.Client;
using Grains.Client.Connections;
using Grains.Client.Wire;
using Request = Grains.Client.Connections.Request;

namespace Grains.Tests.Client;

/// <summary>The session's loop goes on until the client closes, whatever a connection's beginning or the program's own code does.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task A_connection_on_which_nothing_can_be_restored_is_closed_and_the_next_one_is_used()
    {
        await using var server = FakeServer.Tcp();
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var session = new Session(Options(server, error => told.TrySetResult(error)));
        await AssertServedByTheSecondAsync(server, session, _ => throw new InvalidOperationException("The part's own."));
        Assert.Equal("The part's own.", (await told.Task.WaitAsync(FakeConnection.Patience)).GetBaseException().Message);
    }

    [Fact]
    public async Task Requests_that_a_closing_connection_refuses_wait_for_the_next_one_in_their_order()
    {
        await using var server = FakeServer.Tcp();
        await using var session = new Session(Options(server, _ => { }));
        await AssertServedByTheSecondAsync(server, session, connection => connection.Close(new IOException("Closed by the test.")));
    }

    [Fact]
    public async Task An_OnError_that_throws_does_not_end_the_loop()
    {
        await using var server = FakeServer.Tcp();
        await using var client = new GrainsClient(Options(server, _ => throw new InvalidOperationException("OnError's own.")));
        (await server.AcceptRawAsync()).Drop();
        (await server.AcceptAsync()).Drop();
        var connection = await server.AcceptAsync();
        var exists = client.Cache.ExistsAsync(("ns", "k")).AsTask();
        var request = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await exists.WaitAsync(FakeConnection.Patience));
    }

    /// <summary>Requests wait for the first connection, which something befalls before they are sent; the second gets all, in order.</summary>
    private static async Task AssertServedByTheSecondAsync(FakeServer server, Session session, Action<Connection> onFirst)
    {
        session.Start(new Parts(onFirst));
        var requests = Enumerable.Range(0, 20).Select(_ => Make(session.NextId())).ToArray();
        var answers = requests.Select(r => session.SendAsync(r, FakeConnection.Patience, CancellationToken.None).AsTask()).ToArray();
        await server.AcceptAsync();
        var second = await server.AcceptAsync();
        foreach (var request in requests)
        {
            Assert.Equal(request.Id.ToString(CultureInfo.InvariantCulture), (string?)(await second.ReadAsync("cache-request"))["u"]);
            await second.SendAsync($$"""{"role":"cache-response","u":"{{request.Id}}"}""");
        }

        await Task.WhenAll(answers).WaitAsync(FakeConnection.Patience);
    }

    private static Request Make(long id) => new(id, Encoding.UTF8.GetBytes($$"""{"role":"cache-request","u":"{{id}}"}"""), canRepeat: false);

    private static GrainsClientOptions Options(FakeServer server, Action<Exception> onError) => new(server.Endpoint)
    {
        Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
        OnError = onError,
        RequestTimeout = FakeConnection.Patience,
    };

    private sealed class Parts(Action<Connection> onFirst) : ISessionParts
    {
        private Connection? _first;

        public void Restore(Connection connection)
        {
            if (Interlocked.CompareExchange(ref _first, connection, null) is null)
                onFirst(connection);
        }

        public void Restored(Connection connection)
        {
        }

        public void OnMessage(Connection connection, in Incoming incoming)
        {
        }

        public void OnClosed(Connection connection, GrainsException? oversized)
        {
        }
    }
}
