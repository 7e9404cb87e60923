using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Grains.Tests.Faults;

/// <summary>
/// A TCP proxy on loopback that does to each connection what its plan says, and on command cuts, stalls or resumes it.
/// What has been passed before a cut by closing arrives; what comes later does not.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly Func<int, LinkPlan> _planOf;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<int, ProxyLink> _links = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    /// <param name="target">The server.</param>
    /// <param name="planOf">The plan of the connection with this number; numbers count from 0 in the order of arrival. Null: all pass.</param>
    public CuttingProxy(IPEndPoint target, Func<int, LinkPlan>? planOf = null)
    {
        _target = target;
        _planOf = planOf ?? (_ => LinkPlan.Transparent);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The connections so far, ended ones too, by number.</summary>
    public IReadOnlyDictionary<int, ProxyLink> Links => _links;

    public void CutAll()
    {
        foreach (var link in _links.Values)
            link.Cut();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var link in _links.Values)
            link.Dispose();
        await Task.WhenAll(_links.Values.Select(l => l.Ended));
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (var number = 0; !_stopping.IsCancellationRequested; number++)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _links[number] = ProxyLink.Start(client, _target, _planOf(number));
        }
    }
}
