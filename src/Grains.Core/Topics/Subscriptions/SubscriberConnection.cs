using System.Diagnostics.CodeAnalysis;
using Grains.Engine;

namespace Grains.Topics.Subscriptions;

/// <summary>
/// The subscriptions of one connection and its pump: hands batches over through the outbound port, from each subscription that has something in
/// turn, as long as there is credit. One thread pumps at a time; a publisher that finds nothing ready does not wait.
/// </summary>
internal sealed class SubscriberConnection(
    ConnectionId id, IConnections connections, Action<Subscription> overflowed, TopicBudgetOptions budgets, NodeQueues queues)
    : IThreadPoolWorkItem
{
    private readonly Lock _delivery = new();
    private readonly Lock _readyLock = new();
    private readonly Queue<Subscription> _ready = new();
    private readonly Queue<Subscription> _overflowed = new();
    private readonly DeliveryBuffer _buffer = new() { Credit = DeliveryCredit.InitialBytes };
    private volatile int _readyCount;
    private volatile bool _hasCredit = true;
    private int _scheduled;
    private int _postponed;
    private volatile bool _hurries;
    private bool _pumping;
    private bool _closed;

    public ConnectionId Id { get; } = id;

    /// <summary>Bytes queued for its subscriptions, part of those of the node.</summary>
    public QueueBudget QueueBudget { get; } = new(budgets.QueueBytesPerConnectionMax, budgets.QueueBytesGuaranteed, queues);

    /// <summary>Feeds of its subscriptions.</summary>
    public Budget FeedBudget { get; } = new(budgets.FeedsPerConnectionMax);

    /// <summary>By subscription id; used under <see cref="SubscriptionsLock"/>. Null once the connection has closed.</summary>
    public Dictionary<string, Subscription>? Subscriptions { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Those that have not begun; used under <see cref="SubscriptionsLock"/>.</summary>
    public HashSet<Subscription> Entering { get; } = [];

    public Lock SubscriptionsLock { get; } = new();

    /// <summary>Under the subscription's lock: it has something to deliver, or must be ended.</summary>
    public void SetReady(Subscription subscription)
    {
        lock (_readyLock)
        {
            if (subscription.Overflow != ErrorCode.None && !subscription.IsQueuedAsOverflowed)
            {
                subscription.IsQueuedAsOverflowed = true;
                _overflowed.Enqueue(subscription);
            }

            if (!subscription.IsQueuedAsReady)
            {
                subscription.IsQueuedAsReady = true;
                _ready.Enqueue(subscription);
            }

            _readyCount = _ready.Count + _overflowed.Count;
        }
    }

    public void Grant(long bytes)
    {
        lock (_delivery)
        {
            _buffer.Credit += bytes;
            _hasCredit = _buffer.Credit > 0;
            Pump();
        }

        CloseOverflowed();
    }

    /// <summary>Nothing is to wait for company: what waited longer might have to be dropped.</summary>
    public void Hurry() => _hurries = true;

    /// <summary>Delivers what is ready. A publisher whose own connection this is waits for a thread that is at it, so that what it
    /// published has been handed over; others leave it to the transport, where what comes in a row becomes one batch, unless a batch
    /// waits already.</summary>
    public void Deliver(bool isOwn)
    {
        if (_readyCount > 0 && (_hasCredit || isOwn))
        {
            if (!isOwn && !_hurries && ++_postponed < DeliveryBuffer.BatchMax)
            {
                if (Interlocked.Exchange(ref _scheduled, 1) == 0)
                    connections.Schedule(Id, this);
                return;
            }

            lock (_delivery)
                Pump();
        }
        else if (isOwn)
        {
            lock (_delivery)
                return;
        }

        CloseOverflowed();
    }

    /// <summary>The transport has come to it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        lock (_delivery)
            Pump();
        CloseOverflowed();
    }

    /// <summary>Waits until the batch that is being handed over has been: nothing of a subscription that was closed before comes after
    /// this.</summary>
    public void Settle()
    {
        lock (_delivery)
        {
        }
    }

    public void Close()
    {
        lock (_delivery)
            _closed = true;
    }

    private void Pump()
    {
        // A grant may come from within a delivery, on this thread: the loop that runs will see it.
        if (_pumping || _closed)
            return;
        _pumping = true;
        _postponed = 0;
        _hurries = false;
        try
        {
            while (_buffer.Credit > 0 && TryTakeReady(out var subscription))
                PumpOne(subscription);
            _hasCredit = _buffer.Credit > 0;
        }
        finally
        {
            _pumping = false;
        }
    }

    private void PumpOne(Subscription subscription)
    {
        subscription.Take(_buffer);
        while (_buffer.HasRoom && subscription.NextReplay(out var othersFromUs) is { } feed)
            subscription.Read(feed, othersFromUs, _buffer);
        if (_buffer.Count > 0)
        {
            connections.Deliver(Id, new DeliveryBatch(subscription.Command.SubscriptionId, _buffer.Items));
            _buffer.Clear();
        }

        lock (subscription.Lock)
        {
            if (subscription.HasWork && !subscription.IsClosed)
                SetReady(subscription);
        }
    }

    private bool TryTakeReady([NotNullWhen(true)] out Subscription? subscription)
    {
        lock (_readyLock)
        {
            if (!_ready.TryDequeue(out subscription))
                return false;
            subscription.IsQueuedAsReady = false;
            _readyCount = _ready.Count + _overflowed.Count;
            return true;
        }
    }

    /// <summary>Outside the delivery lock, since closing tells others.</summary>
    private void CloseOverflowed()
    {
        while (true)
        {
            Subscription? subscription;
            lock (_readyLock)
            {
                if (!_overflowed.TryDequeue(out subscription))
                    return;
                _readyCount = _ready.Count + _overflowed.Count;
            }

            overflowed(subscription);
        }
    }
}
