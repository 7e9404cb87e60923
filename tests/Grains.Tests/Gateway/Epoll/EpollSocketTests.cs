using System.Net.Sockets;
using Grains.Gateway.Transports.Epoll;

namespace Grains.Tests.Gateway.Epoll;

public sealed class EpollSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_longer_than_the_socket_holds_ends_when_the_reader_has_taken_enough()
    {
        using var pair = await SocketPair.ConnectAsync();
        var sent = Bytes(16 * 1024 * 1024);

        var writing = pair.Stream.WriteAsync(sent, Token).AsTask();

        Assert.False(writing.IsCompleted);
        Assert.Equal(sent, await ReceiveAsync(pair.Peer, sent.Length));
        await writing.WaitAsync(Patience, Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_that_comes_is_read_once_and_in_order(bool inline)
    {
        using var pair = await SocketPair.ConnectAsync();
        pair.Socket.RunsInline = inline;
        var sent = Bytes(8 * 1024 * 1024);

        var sending = SendInPiecesAsync(pair.Peer, sent);
        var read = new byte[sent.Length];
        for (var length = 0; length < read.Length;)
        {
            // A wait for data before some of the reads, as a connection that holds no buffer does it.
            if (length % 3 == 0)
                Assert.Equal(0, await pair.Stream.ReadAsync(Memory<byte>.Empty, Token));
            length += await pair.Stream.ReadAsync(read.AsMemory(length, Math.Min(5_000, read.Length - length)), Token);
        }

        await sending;
        Assert.Equal(sent, read);
    }

    [Fact]
    public async Task What_came_before_the_peer_ended_its_half_is_read_and_then_the_end_again_and_again()
    {
        using var pair = await SocketPair.ConnectAsync();
        var waiting = pair.Stream.ReadAsync(Memory<byte>.Empty, Token).AsTask();
        await pair.Peer.SendAsync("hello"u8.ToArray());
        pair.Peer.Shutdown(SocketShutdown.Send);

        await waiting.WaitAsync(Patience, Token);
        var buffer = new byte[100];
        Assert.Equal(5, await pair.Stream.ReadAsync(buffer, Token));
        Assert.Equal(0, await pair.Stream.ReadAsync(buffer, Token).AsTask().WaitAsync(Patience, Token));
        Assert.Equal(0, await pair.Stream.ReadAsync(buffer, Token).AsTask().WaitAsync(Patience, Token));
        await pair.Ended.WaitAsync(Patience, Token);
        // The other half still works.
        await pair.Stream.WriteAsync("bye"u8.ToArray(), Token);
        Assert.Equal("bye"u8.ToArray(), await ReceiveAsync(pair.Peer, 3));
    }

    [Fact]
    public async Task A_reset_ends_a_waiting_read_and_everything_after_it()
    {
        using var pair = await SocketPair.ConnectAsync();
        var reading = pair.Stream.ReadAsync(new byte[100], Token).AsTask();
        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Dispose();

        await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Patience, Token));
        Assert.Equal(0, await pair.Stream.ReadAsync(new byte[100], Token).AsTask().WaitAsync(Patience, Token));
        await Assert.ThrowsAsync<IOException>(() => pair.Stream.WriteAsync(new byte[100], Token).AsTask().WaitAsync(Patience, Token));
        await pair.Ended.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task A_cancelled_read_takes_nothing_and_the_next_one_reads()
    {
        using var pair = await SocketPair.ConnectAsync();
        for (var i = 0; i < 200; i++)
        {
            using var cancel = new CancellationTokenSource();
            var buffer = new byte[10];
            var reading = pair.Stream.ReadAsync(buffer, cancel.Token).AsTask();
            var cancelling = cancel.CancelAsync();
            await pair.Peer.SendAsync(new byte[] { (byte)i });
            await cancelling;
            var count = 0;
            try
            {
                count = await reading.WaitAsync(Patience, Token);
            }
            catch (OperationCanceledException)
            {
                count = await pair.Stream.ReadAsync(buffer, Token).AsTask().WaitAsync(Patience, Token);
            }

            Assert.Equal((1, (byte)i), (count, buffer[0]));
        }
    }

    [Fact]
    public async Task Closing_ends_what_waits_and_refuses_what_follows()
    {
        using var pair = await SocketPair.ConnectAsync();
        var reading = pair.Stream.ReadAsync(new byte[100], Token).AsTask();
        var writing = pair.Stream.WriteAsync(Bytes(16 * 1024 * 1024), Token).AsTask();

        pair.Socket.Dispose();

        await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Patience, Token));
        await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Patience, Token));
        await Assert.ThrowsAsync<IOException>(() => pair.Stream.WriteAsync(new byte[1], Token).AsTask().WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task Aborting_cuts_both_directions()
    {
        using var pair = await SocketPair.ConnectAsync();
        var reading = pair.Stream.ReadAsync(new byte[100], Token).AsTask();

        pair.Socket.Abort();

        Assert.Equal(0, await reading.WaitAsync(Patience, Token));
        await Assert.ThrowsAsync<IOException>(() => pair.Stream.WriteAsync(new byte[1], Token).AsTask().WaitAsync(Patience, Token));
        Assert.Equal(0, await pair.Peer.ReceiveAsync(new byte[1]).WaitAsync(Patience, Token));
    }

    /// <summary>Its reader is never without data: each read is ended at once, and the loop would never come back.</summary>
    [Fact]
    public async Task A_connection_that_sends_without_end_leaves_the_loop_to_the_others()
    {
        using var threads = new EpollThreads(1);
        var loop = threads.NextLoop();
        using var greedy = await SocketPair.ConnectAsync(loop);
        using var modest = await SocketPair.ConnectAsync(loop);
        greedy.Socket.RunsInline = modest.Socket.RunsInline = true;
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(greedy.Peer, stop.Token);
        var drain = DrainAsync(greedy.Stream);
        var echo = EchoAsync(modest.Stream);

        for (var i = 0; i < 100; i++)
        {
            await modest.Peer.SendAsync(new byte[] { (byte)i });
            Assert.Equal([(byte)i], await ReceiveAsync(modest.Peer, 1));
        }

        await stop.CancelAsync();
        await flood;
        greedy.Peer.Shutdown(SocketShutdown.Send);
        modest.Peer.Shutdown(SocketShutdown.Send);
        Assert.True(await drain.WaitAsync(Patience, Token) > 0);
        await echo.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task However_often_more_comes_a_connection_has_one_turn_at_a_time()
    {
        using var threads = new EpollThreads(1);
        var loop = threads.NextLoop();
        using var greedy = await SocketPair.ConnectAsync(loop);
        greedy.Socket.RunsInline = true;
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(greedy.Peer, stop.Token);
        var turns = MostTurnsAsync(greedy.Stream, loop, reads: 20_000);

        Assert.InRange(await turns.WaitAsync(Patience, Token), 0, 1);

        var drain = DrainAsync(greedy.Stream);
        await stop.CancelAsync();
        await flood;
        greedy.Peer.Shutdown(SocketShutdown.Send);
        await drain.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task A_wait_for_data_after_everything_has_been_read_waits()
    {
        using var threads = new EpollThreads(1);
        var loop = threads.NextLoop();
        using var pair = await SocketPair.ConnectAsync(loop);
        pair.Socket.RunsInline = true;
        await pair.Peer.SendAsync(new byte[64]);
        // The read that fills its buffer does not know that there is no more.
        var wait = ReadThenWaitAsync(pair.Stream);
        for (var round = 0; round < 3; round++)
            await RunAsync(loop);

        Assert.False(wait.IsCompleted);
        await pair.Peer.SendAsync(new byte[1]);
        await wait.WaitAsync(Patience, Token);

        static async Task ReadThenWaitAsync(Stream stream)
        {
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Token));
            Assert.Equal(64, await stream.ReadAsync(new byte[64], Token));
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Token));
        }
    }

    [Fact]
    public async Task Events_of_a_socket_that_has_gone_do_not_reach_the_one_in_its_place()
    {
        using var threads = new EpollThreads(1);
        var loop = threads.NextLoop();
        for (var i = 0; i < 100; i++)
        {
            using var pair = await SocketPair.ConnectAsync(loop);
            await pair.Peer.SendAsync(new byte[1]);
            Assert.Equal(1, loop.Count);
        }

        Assert.Equal(0, loop.Count);
        using var last = await SocketPair.ConnectAsync(loop);
        var waiting = last.Stream.ReadAsync(Memory<byte>.Empty, Token).AsTask();
        await RunAsync(loop);
        Assert.False(waiting.IsCompleted);
        await last.Peer.SendAsync(new byte[1]);
        await waiting.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Work_posted_from_anywhere_runs_on_the_loop()
    {
        using var threads = new EpollThreads(1);
        var loop = threads.NextLoop();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
                Assert.True(await RunAsync(loop));
        })));
    }

    /// <returns>Whether it ran on the loop's thread.</returns>
    private static Task<bool> RunAsync(EpollLoop loop)
    {
        var work = new Work(loop);
        loop.Post(work);
        return work.Done.WaitAsync(Patience, Token);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var length = 0; length < count;)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(length), SocketFlags.None, Token).AsTask().WaitAsync(Patience, Token);
            Assert.NotEqual(0, read);
            length += read;
        }

        return bytes;
    }

    private static async Task SendInPiecesAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        for (var (at, size) = (0, 1); at < bytes.Length; at += size, size = Math.Min((size * 3) + 1, bytes.Length - at))
            await SendAllAsync(socket, bytes.Slice(at, Math.Min(size, bytes.Length - at)));
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, Token)..];
    }

    private static async Task FloodAsync(Socket socket, CancellationToken stop)
    {
        var bytes = new byte[64 * 1024];
        while (!stop.IsCancellationRequested)
            await SendAllAsync(socket, bytes);
    }

    private static async Task<long> DrainAsync(Stream stream)
    {
        var total = 0L;
        var buffer = new byte[1024];
        while (await stream.ReadAsync(buffer, Token).ConfigureAwait(false) is var count and > 0)
            total += count;
        return total;
    }

    private static async Task EchoAsync(Stream stream)
    {
        var buffer = new byte[1024];
        while (await stream.ReadAsync(buffer, Token).ConfigureAwait(false) is var count and > 0)
            await stream.WriteAsync(buffer.AsMemory(0, count), Token).ConfigureAwait(false);
    }

    private sealed class Work(EpollLoop loop) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Done => _done.Task;

        public void Execute() => _done.SetResult(loop.IsCurrent);
    }

    /// <summary>The most turns that wait for the loop whenever something has been read.</summary>
    private static async Task<int> MostTurnsAsync(Stream stream, EpollLoop loop, int reads)
    {
        var (most, buffer) = (0, new byte[512]);
        for (var i = 0; i < reads && await stream.ReadAsync(buffer, Token) > 0; i++)
            most = Math.Max(most, loop.IsCurrent ? loop.Yielded : 0);
        return most;
    }
}
