using System.Buffers.Binary;
using System.Net.Sockets;
using Grains.Gateway.Transports.Epoll;

namespace Grains.Tests.Gateway.Epoll;

/// <summary>Loops that go from thread to thread while they work.</summary>
public sealed class EpollThreadTests
{
    private const int Loops = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Loops_that_go_from_thread_to_thread_lose_neither_bytes_nor_work(bool inline)
    {
        var threads = new EpollThreads(Loops, adapts: false);
        var loops = Enumerable.Range(0, Loops).Select(_ => threads.NextLoop()).ToArray();
        var pairs = new List<SocketPair>();
        for (var i = 0; i < 2 * Loops; i++)
            pairs.Add(await SocketPair.ConnectAsync(loops[i % Loops], inline));
        using var stop = new CancellationTokenSource();
        var sharing = ShareAsync(threads, stop.Token);

        var echoes = pairs.Select(pair => EchoAsync(pair.Stream, bytes: 8 * 3_000)).ToArray();
        var asked = pairs.Select(pair => AskAsync(pair.Peer, numbers: 3_000)).ToArray();
        var work = loops.Select(loop => Task.Run(() => PostAsync(loop, times: 1_000))).ToArray();
        await Task.WhenAll([.. echoes, .. asked, .. work]).WaitAsync(Patience, Token);
        await stop.CancelAsync();

        Assert.InRange(await sharing.WaitAsync(Patience, Token), 4, int.MaxValue);
        foreach (var pair in pairs)
            pair.Dispose();
        Assert.All(loops, loop => Assert.Equal(0, loop.Count));
        await Task.Run(threads.Dispose, Token).WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Work_for_a_sleeping_loop_runs_where_it_is_asked_for_and_much_of_it_on_the_loops_own_thread()
    {
        var threads = new EpollThreads(2, adapts: false);
        var (asking, sleeping) = (threads.NextLoop(), threads.NextLoop());
        await ShareAsync(threads, 2);

        // It may still be on its way to sleep.
        var limit = DateTime.UtcNow + Patience;
        while (await ScheduledFromAsync(asking, sleeping, isMuch: false))
            Assert.True(DateTime.UtcNow < limit, "What is little never ran where it was asked for.");
        for (var i = 0; i < 100; i++)
            Assert.True(await ScheduledFromAsync(asking, sleeping, isMuch: true), "What is much ran on the thread that asked.");

        await Task.Run(threads.Dispose, Token).WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task A_sleeping_loop_that_was_handed_over_is_woken_by_its_sockets_and_by_work()
    {
        var threads = new EpollThreads(2, adapts: false);
        var loops = new[] { threads.NextLoop(), threads.NextLoop() };
        using var pair = await SocketPair.ConnectAsync(loops[1], inline: true);
        var echo = EchoAsync(pair.Stream, bytes: 8 * 400);
        var first = loops[0].Server;
        Assert.Same(first, loops[1].Server);
        foreach (var count in new[] { 2, 1, 2, 1 })
        {
            await AskAsync(pair.Peer, numbers: 100).WaitAsync(Patience, Token);
            await ShareAsync(threads, count);
            Assert.Equal(count == 1, loops[1].Server == first);
            await PostAsync(loops[1], times: 10).WaitAsync(Patience, Token);
        }

        await echo.WaitAsync(Patience, Token);
        await Task.Run(threads.Dispose, Token).WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Loops_are_shared_evenly()
    {
        var threads = new EpollThreads(Loops, adapts: false);
        var loops = Enumerable.Range(0, Loops).Select(_ => threads.NextLoop()).ToArray();
        foreach (var count in new[] { 2, 4, 3, 1 })
        {
            await ShareAsync(threads, count);
            Assert.Equal(count, loops.Select(loop => loop.Server).Distinct().Count());
            var shares = loops.CountBy(loop => loop.Server).Select(share => share.Value).ToArray();
            Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        }

        await Task.Run(threads.Dispose, Token).WaitAsync(Patience, Token);
    }

    /// <returns>How often all loops have been where they were to go.</returns>
    private static async Task<int> ShareAsync(EpollThreads threads, CancellationToken stop)
    {
        var round = 0;
        for (; !stop.IsCancellationRequested; round++)
            await ShareAsync(threads, (round % Loops) + 1);
        return round;
    }

    private static async Task ShareAsync(EpollThreads threads, int count)
    {
        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        do
        {
            Assert.True(Environment.TickCount64 < end, "The loops never came where they were to go.");
            threads.Share(count);
            await Task.Delay(1, Token);
        }
        while (!threads.IsShared);
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

    /// <returns>Whether it ran on the loop's own thread.</returns>
    private static Task<bool> ScheduledFromAsync(EpollLoop asking, EpollLoop loop, bool isMuch)
    {
        var work = new Work(loop);
        asking.Post(new Asking(() => loop.Schedule(work, isMuch)));
        return work.Done.WaitAsync(Patience, Token);
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

    private sealed class Asking(Action ask) : IThreadPoolWorkItem
    {
        public void Execute() => ask();
    }

    private sealed class Work(EpollLoop loop) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Done => _done.Task;

        public void Execute() => _done.SetResult(loop.IsCurrent);
    }
}
