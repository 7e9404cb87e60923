using System.Threading.Channels;
using Grains.Client;
using Grains.Client.Connections;
using Grains.Client.Functions;
using Grains.Client.Wire;

namespace Grains.Tests.Client;

/// <summary>How a call that runs here learns that nobody waits for it any more.</summary>
public sealed class RunningCallTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_call_that_is_over_can_be_cancelled()
    {
        var call = Begin(new ManualTime(), _ => { });
        call.Dispose();
        await call.CancelAsync().WaitAsync(FakeConnection.Patience);
        await call.CancelAsync().WaitAsync(FakeConnection.Patience);
        Assert.True(call.Cancelled.IsCancellationRequested);
    }

    [Fact]
    public void A_call_is_cancelled_at_its_deadline_and_one_that_is_over_is_not()
    {
        var time = new ManualTime();
        using var running = Begin(time, _ => { });
        var over = Begin(time, _ => { });
        time.Advance(Time - TimeSpan.FromTicks(1));
        over.Dispose();
        Assert.False(running.Cancelled.IsCancellationRequested);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(running.Cancelled.IsCancellationRequested);
        Assert.False(over.Cancelled.IsCancellationRequested);
    }

    [Fact]
    public async Task A_callback_that_throws_at_the_deadline_is_told_and_harms_nothing()
    {
        await using var server = FakeServer.Tcp();
        var time = new ManualTime();
        var told = Channel.CreateUnbounded<Exception>();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint)
        {
            Time = time,
            Connection = new GrainsClientConnectionOptions { HeartbeatInterval = TimeSpan.FromHours(1) },
            OnError = error => told.Writer.TryWrite(error),
        });
        var connection = await server.AcceptAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var offering = client.Functions.OfferAsync("f", async (CancellationToken cancelled) =>
        {
            var waiting = Task.Delay(Timeout.Infinite, cancelled);
            using var callback = cancelled.Register(() => throw new InvalidOperationException("The callback's own."));
            started.SetResult();
            await waiting;
        }).AsTask();
        var register = await connection.ReadAsync("rpc-register");
        await connection.SendAsync($$"""{"role":"rpc-ack","operation_id":"{{register["u"]}}","success":true,"error":null,"u":"ack"}""");
        await offering.WaitAsync(FakeConnection.Patience);
        await connection.SendAsync("""{"role":"rpc-invoke","u":"c-1","fun":"f","args":[],"kwargs":{},"caller":"x","timeout_ms":30000,"stream":false}""");
        await started.Task.WaitAsync(FakeConnection.Patience);

        time.Advance(Time);

        Assert.Equal(1006, (int)(await connection.ReadAsync("rpc-result"))["error"]!["code"]!);
        Assert.Equal("The callback's own.", (await told.Reader.ReadAsync().AsTask().WaitAsync(FakeConnection.Patience)).Message);
        var exists = client.Cache.ExistsAsync(("ns", "k")).AsTask();
        var request = await connection.ReadAsync("cache-request");
        await connection.SendAsync($$"""{"role":"cache-response","u":"{{request["u"]}}","status":"miss","exists":false}""");
        Assert.False(await exists.WaitAsync(FakeConnection.Patience));
    }

    private static RunningCall Begin(TimeProvider time, Action<Exception> onError) =>
        new(null!, new InvokeMessage("c", "f", default, default, default, Time, Stream: false), time, new BackgroundTasks(onError));
}
