using System.Text;
using System.Threading.Channels;
using Grains.Client;
using Grains.Client.Connections;
using Grains.Client.Transports;
using Grains.Client.Wire;
using Request = Grains.Client.Connections.Request;

namespace Grains.Tests.Client;

/// <summary>A connection tells everybody of its end, whatever has failed.</summary>
public sealed class ConnectionEndTests
{
    [Fact]
    public async Task A_heartbeat_that_cannot_be_made_ends_the_connection_and_its_requests_are_told()
    {
        var transport = new FakeTransport { PingMessage = "PING"u8.ToArray() };
        var events = new Events();
        var connection = Make(transport, events, new TimeWithoutTimers());
        var pending = new PendingAnswer(new Request(1, [1], canRepeat: true), isBound: false);
        Assert.True(await connection.TryStartAsync(pending, CancellationToken.None));

        await connection.RunAsync().WaitAsync(FakeConnection.Patience);

        Assert.True(transport.IsDisposed);
        Assert.IsType<NotSupportedException>(events.Reason);
        Assert.Equal([pending], events.Unanswered);
        Assert.True(connection.Left.IsCompleted);
        Assert.True(connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_transport_whose_end_fails_leaves_nobody_waiting()
    {
        var transport = new FakeTransport { EndFailure = new IOException("The end's own.") };
        var events = new Events();
        var connection = Make(transport, events, TimeProvider.System);
        var pending = new PendingAnswer(new Request(1, [1], canRepeat: true), isBound: false);
        Assert.True(await connection.TryStartAsync(pending, CancellationToken.None));
        var running = connection.RunAsync();

        connection.Close(new TimeoutException("Closed by the test."));

        var failed = await Assert.ThrowsAsync<IOException>(() => running.WaitAsync(FakeConnection.Patience));
        Assert.Equal("The end's own.", failed.Message);
        Assert.IsType<TimeoutException>(events.Reason);
        Assert.Equal([pending], events.Unanswered);
        Assert.True(connection.Left.IsCompleted);
        Assert.True(connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_taken_is_told_to_its_waiter_and_ends_the_connection()
    {
        var transport = new FakeTransport();
        var events = new Events();
        var connection = Make(transport, events, TimeProvider.System);
        var running = connection.RunAsync();
        var waiting = connection.RequestAsync(new Untakable(7), CancellationToken.None);

        Assert.True(transport.Incoming.Writer.TryWrite(Encoding.UTF8.GetBytes("""{"role":"cache-response","u":"7"}""")));

        Assert.Equal("Not to be taken.", (await Assert.ThrowsAsync<FormatException>(() => waiting.WaitAsync(FakeConnection.Patience))).Message);
        await running.WaitAsync(FakeConnection.Patience);
        Assert.IsType<FormatException>(events.Reason);
    }

    private static Connection Make(ITransport transport, IConnectionEvents events, TimeProvider time) => new(transport,
        Endpoint.Parse("tcp://127.0.0.1:1"), new ServerHello("c", "e", "1", 1, 1), events, new GrainsClientOptions("tcp://127.0.0.1:1") { Time = time });

    private sealed class Untakable(long id) : Request(id, [1], canRepeat: true)
    {
        public override void OnAnswer(Connection connection, ReadOnlyMemory<byte> answer) => throw new FormatException("Not to be taken.");
    }

    private sealed class TimeWithoutTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new NotSupportedException("It has no timers.");
    }

    private sealed class FakeTransport : ITransport
    {
        public Channel<ReadOnlyMemory<byte>> Incoming { get; } = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();

        public ReadOnlyMemory<byte> PingMessage { get; init; }

        public Exception? EndFailure { get; init; }

        public bool IsDisposed { get; private set; }

        public ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken) => Incoming.Reader.ReadAsync(cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => default;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return EndFailure is null ? default : throw EndFailure;
        }
    }

    private sealed class Events : IConnectionEvents
    {
        public Exception? Reason { get; private set; }

        public IReadOnlyCollection<PendingAnswer> Unanswered { get; private set; } = [];

        public void OnMessage(Connection connection, in Incoming incoming)
        {
        }

        public void OnClosed(Connection connection, Exception reason, IReadOnlyCollection<PendingAnswer> unanswered) =>
            (Reason, Unanswered) = (reason, unanswered);
    }
}
