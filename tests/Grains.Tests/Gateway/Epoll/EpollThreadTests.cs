using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Grains.Gateway.Transports.Epoll;

namespace Grains.Tests.Gateway.Epoll;

/// <summary>Loops that go from thread to thread while they work.</summary>
public sealed class EpollThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_goes_from_thread_to_thread_loses_neither_bytes_nor_work()
    {
        var handedOver = 0;
        var lastAt = 0L;
        EpollThread? first = null;
        EpollThread? second = null;
        EpollLoop? moves = null;
        first = new EpollThread("test-first", now =>
        {
            if (Volatile.Read(ref moves) is not { } loop || Volatile.Read(ref second) is not { } other || now - lastAt < Stopwatch.Frequency / 2_000)
                return;
            lastAt = now;
            if (loop.Server == first && first!.TryHandOver(loop, other))
                handedOver++;
            else if (loop.Server == other)
                other.GiveUpTo(first!);
        });
        Volatile.Write(ref second, new EpollThread("test-second"));
        var stays = new EpollLoop(first);
        first.Give(stays);
        var goes = new EpollLoop(first);
        first.Give(goes);
        Volatile.Write(ref moves, goes);
        try
        {
            var pairs = new List<SocketPair>();
            for (var i = 0; i < 6; i++)
                pairs.Add(await SocketPair.ConnectAsync(i < 2 ? stays : goes));
            var began = Stopwatch.StartNew();
            do
            {
                var echoes = pairs.Select(pair => EchoAsync(pair.Stream, bytes: 8 * 2_000)).ToArray();
                var asked = pairs.Select(pair => AskAsync(pair.Peer, numbers: 2_000)).ToArray();
                var work = Enumerable.Range(0, 4).Select(_ => Task.Run(() => PostAsync(goes, times: 300))).ToArray();
                await Task.WhenAll([.. echoes, .. asked, .. work]).WaitAsync(Patience, Token);
            }
            while (Volatile.Read(ref handedOver) < 20 && began.Elapsed < Patience);

            Assert.InRange(handedOver, 20, int.MaxValue);
            foreach (var pair in pairs)
                pair.Dispose();
            Assert.Equal((0, 0), (stays.Count, goes.Count));
        }
        finally
        {
            first.Dispose();
            second!.Dispose();
            stays.Dispose();
            goes.Dispose();
        }
    }

    [Fact]
    public async Task A_sleeping_loop_that_was_handed_over_is_woken_by_its_sockets_and_by_work()
    {
        using var second = new EpollThread("test-second");
        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        EpollThread? first = null;
        EpollLoop? moves = null;
        using var thread = first = new EpollThread("test-first", _ =>
        {
            if (Volatile.Read(ref moves) is { } loop && first!.TryHandOver(loop, second))
                handedOver.SetResult();
        });
        using var loop = new EpollLoop(first);
        first.Give(loop);
        using var pair = await SocketPair.ConnectAsync(loop);
        pair.Socket.RunsInline = true;
        var echo = EchoAsync(pair.Stream, bytes: 8 * 300);
        await AskAsync(pair.Peer, numbers: 100).WaitAsync(Patience, Token);

        Volatile.Write(ref moves, loop);
        await AskAsync(pair.Peer, numbers: 100).WaitAsync(Patience, Token);
        await handedOver.Task.WaitAsync(Patience, Token);

        Assert.Same(second, loop.Server);
        await AskAsync(pair.Peer, numbers: 100).WaitAsync(Patience, Token);
        await PostAsync(loop, times: 100).WaitAsync(Patience, Token);
        await echo.WaitAsync(Patience, Token);
        // The threads end before the loop.
        second.Dispose();
        first.Dispose();
    }

    private static async Task EchoAsync(Stream stream, int bytes)
    {
        var buffer = new byte[1_000];
        while (bytes > 0)
        {
            var count = await stream.ReadAsync(buffer, Token);
            Assert.NotEqual(0, count);
            await stream.WriteAsync(buffer.AsMemory(0, count), Token);
            bytes -= count;
        }
    }

    /// <summary>Sends numbers one at a time, and sees each come back.</summary>
    private static async Task AskAsync(Socket peer, int numbers)
    {
        var (sent, received) = (new byte[8], new byte[8]);
        for (var i = 0; i < numbers; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(sent, i);
            await peer.SendAsync(sent, Token);
            for (var have = 0; have < 8;)
            {
                var count = await peer.ReceiveAsync(received.AsMemory(have), Token);
                Assert.NotEqual(0, count);
                have += count;
            }

            Assert.Equal(i, BinaryPrimitives.ReadInt64LittleEndian(received));
        }
    }

    private static async Task PostAsync(EpollLoop loop, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var work = new Work(loop);
            loop.Post(work);
            Assert.True(await work.Done.WaitAsync(Patience, Token), "It ran on the thread that serves the loop.");
        }
    }

    private sealed class Work(EpollLoop loop) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Done => _done.Task;

        public void Execute() => _done.SetResult(loop.IsCurrent);
    }
}
