using System.Threading.Channels;
using Grains.Connections;
using Grains.Engine;

namespace Grains.InProcess;

/// <summary>
/// A subscription that is a connection of its own. Its queue needs no bound of its own: the engine delivers no more than the
/// connection's credit (<see cref="DeliveryCredit.InitialBytes"/>), which is given back as the reader takes what is there.
/// </summary>
internal sealed class InProcessSubscription : ITopicSubscription, IConnection
{
    /// <summary>Credit is given back in pieces of this size, or when the queue is empty.</summary>
    private const int GrantBytesMin = 64 * 1024;

    private readonly IEngine _engine;
    private readonly ConnectionTable _connections;
    private readonly Action<InProcessSubscription> _ended;
    private readonly Channel<Delivery> _queue = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true });
    private int _isDisposed;
    private int _readers;

    public InProcessSubscription(IEngine engine, ConnectionTable connections, string subscriptionId, Action<InProcessSubscription> ended)
    {
        _engine = engine;
        _connections = connections;
        _ended = ended;
        SubscriptionId = subscriptionId;
    }

    public ConnectionId Id { get; } = ConnectionTable.NextId();

    public ConnectionInfo Info => InProcessUser.ConnectionInfo;

    public string SubscriptionId { get; }

    public long SubscribedAtUs { get; private set; }

    /// <exception cref="GrainsException">The engine refused.</exception>
    public async ValueTask StartAsync(SubscribeCommand command)
    {
        _connections.Add(this);
        await _engine.OpenAsync(Id, Info).ConfigureAwait(false);
        var reply = await _engine.Topics.SubscribeAsync(Id, command).ConfigureAwait(false);
        if (reply.Error != ErrorCode.None)
            throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
        SubscribedAtUs = reply.SubscribedAtUs;
        await _engine.Topics.ActivateAsync(Id, SubscriptionId).ConfigureAwait(false);
    }

    public void Deliver(in DeliveryBatch batch)
    {
        foreach (var delivery in batch.Items.Span)
            _queue.Writer.TryWrite(delivery);
    }

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message) =>
        _queue.Writer.TryComplete(new GrainsException(code, message));

    public async IAsyncEnumerator<Delivery> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _readers, 1) != 0)
            throw new InvalidOperationException("A subscription has one reader.");
        var taken = 0L;
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (_queue.Reader.TryRead(out var delivery))
                {
                    taken += delivery.CostBytes;
                    if (taken >= GrantBytesMin || !_queue.Reader.TryPeek(out _))
                    {
                        await _engine.Topics.GrantAsync(Id, taken).ConfigureAwait(false);
                        taken = 0;
                    }

                    yield return delivery;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _readers, 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _queue.Writer.TryComplete();
        _ended(this);
        _connections.Remove(Id);
        await _engine.CloseAsync(Id).ConfigureAwait(false);
    }

    // This connection offers no functions and makes no calls.
    bool IConnection.Invoke(Invocation invocation) => false;

    void IConnection.CancelInvocation(string callId, ErrorCode reason)
    {
    }

    void IConnection.Report(string callId, Value item)
    {
    }
}
