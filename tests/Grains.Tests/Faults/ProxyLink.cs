using System.Net;
using System.Net.Sockets;

namespace Grains.Tests.Faults;

/// <summary>One connection through a <see cref="CuttingProxy"/>. Disposing it closes both sides at once.</summary>
public sealed class ProxyLink : IDisposable
{
    private readonly Socket _client;
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly LinkPlan _plan;
    private readonly CancellationTokenSource _cut = new();
    private TaskCompletionSource? _stalled;
    private readonly Direction _toServer;
    private readonly Direction _toClient;

    private ProxyLink(Socket client, LinkPlan plan)
    {
        _client = client;
        _client.NoDelay = true;
        _plan = plan;
        if (plan.ReceiveBufferBytes is { } bytes)
            _server.ReceiveBufferSize = bytes;
        _toServer = new Direction(plan.CutAfterBytesToServer ?? long.MaxValue);
        _toClient = new Direction(plan.CutAfterBytesToClient ?? long.MaxValue);
    }

    public long BytesToServer => _toServer.Passed;

    public long BytesToClient => _toClient.Passed;

    /// <summary>Done when both sides are closed.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Passes nothing more on and tells both sides that nothing more comes.</summary>
    public void Cut()
    {
        _cut.Cancel();
        Resume();
    }

    /// <summary>Cuts the link when so many more bytes have gone to the server, at once or later: the next one does not pass.</summary>
    public void CutAfterMoreToServer(long bytes) => _toServer.Limit(bytes);

    /// <summary>Cuts the link when so many more bytes have gone to the client: the next one does not pass.</summary>
    public void CutAfterMoreToClient(long bytes) => _toClient.Limit(bytes);

    /// <summary>Passes nothing on, in either direction, until <see cref="Resume"/>; both sides stay open and fill up.</summary>
    public void Stall() => Interlocked.CompareExchange(ref _stalled, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    public void Resume() => Interlocked.Exchange(ref _stalled, null)?.TrySetResult();

    public void Dispose()
    {
        Cut();
        _client.Dispose();
        _server.Dispose();
    }

    internal static ProxyLink Start(Socket client, IPEndPoint target, LinkPlan plan)
    {
        var link = new ProxyLink(client, plan);
        link.Ended = link.RunAsync(target);
        return link;
    }

    private async Task RunAsync(IPEndPoint target)
    {
        if (await TryAsync(() => _server.ConnectAsync(target)))
        {
            await Task.WhenAll(
                PassAsync(_client, _server, _toServer),
                PassAsync(_server, _client, _toClient));
            if (!_plan.Reset)
                await Task.WhenAll(DrainAsync(_client), DrainAsync(_server));
        }

        foreach (var side in new[] { _client, _server })
        {
            if (_plan.Reset)
                await TryAsync(() => side.LingerState = new LingerOption(true, 0));
            side.Dispose();
        }
    }

    /// <summary>Passes bytes until the sender has no more, the count is reached, or the link is cut.</summary>
    private async Task PassAsync(Socket from, Socket to, Direction direction)
    {
        var buffer = new byte[_plan.ChunkBytesMax];
        var isOpen = true;
        while (isOpen && direction.Left > 0)
        {
            var count = 0;
            isOpen = await TryAsync(async () => count = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, _cut.Token));
            if (Volatile.Read(ref _stalled) is { } stalled)
                await stalled.Task;
            if (isOpen && count == 0)
            {
                await TryAsync(() => to.Shutdown(SocketShutdown.Send));
                return;
            }

            count = direction.Take(count);
            for (var sent = 0; isOpen && sent < count;)
                isOpen = await TryAsync(async () => sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, _cut.Token));
        }

        Cut();
    }

    /// <summary>Says that nothing more comes and reads to the end what is still sent: closing a socket with unread bytes would
    /// reset it, and what was passed before could be lost.</summary>
    private static async Task DrainAsync(Socket side)
    {
        await TryAsync(() => side.Shutdown(SocketShutdown.Send));
        var buffer = new byte[4096];
        for (var count = 1; count > 0;)
        {
            if (!await TryAsync(async () => count = await side.ReceiveAsync(buffer.AsMemory(), SocketFlags.None)))
                return;
        }
    }

    private static Task<bool> TryAsync(Action action) => TryAsync(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>False when the link was cut, or a side is gone.</summary>
    private static async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>How many bytes have passed one way, and how many may.</summary>
    private sealed class Direction(long most)
    {
        private readonly Lock _lock = new();
        private long _passed;
        private long _most = most;

        public long Passed
        {
            get
            {
                lock (_lock)
                    return _passed;
            }
        }

        public long Left
        {
            get
            {
                lock (_lock)
                    return _most - _passed;
            }
        }

        public void Limit(long more)
        {
            lock (_lock)
                _most = _passed + more;
        }

        /// <summary>Of so many bytes, those that may pass; they count as passed.</summary>
        public int Take(int count)
        {
            lock (_lock)
            {
                var taken = (int)Math.Min(count, _most - _passed);
                _passed += taken;
                return taken;
            }
        }
    }
}
