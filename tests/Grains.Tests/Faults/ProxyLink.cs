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
    private long _toServer;
    private long _toClient;

    private ProxyLink(Socket client, LinkPlan plan)
    {
        _client = client;
        _client.NoDelay = true;
        _plan = plan;
    }

    public long BytesToServer => Volatile.Read(ref _toServer);

    public long BytesToClient => Volatile.Read(ref _toClient);

    /// <summary>Done when both sides are closed.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Passes nothing more on and tells both sides that nothing more comes.</summary>
    public void Cut()
    {
        _cut.Cancel();
        Resume();
    }

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
                PassAsync(_client, _server, _plan.CutAfterBytesToServer, isToServer: true),
                PassAsync(_server, _client, _plan.CutAfterBytesToClient, isToServer: false));
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
    private async Task PassAsync(Socket from, Socket to, long? cutAfter, bool isToServer)
    {
        var buffer = new byte[_plan.ChunkBytesMax];
        var left = cutAfter ?? long.MaxValue;
        var isOpen = true;
        while (isOpen && left > 0)
        {
            var count = 0;
            isOpen = await TryAsync(async () => count = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), SocketFlags.None, _cut.Token));
            if (Volatile.Read(ref _stalled) is { } stalled)
                await stalled.Task;
            if (isOpen && count == 0)
            {
                await TryAsync(() => to.Shutdown(SocketShutdown.Send));
                return;
            }

            Interlocked.Add(ref isToServer ? ref _toServer : ref _toClient, count);
            for (var sent = 0; isOpen && sent < count;)
                isOpen = await TryAsync(async () => sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, _cut.Token));
            left -= count;
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
}
