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
    /// <summary>So many messages that wait are worth waking a thread for.</summary>
    private const int ManyPostponed = 128;

    /// <summary>Not for a plain lock statement: who finds it taken leaves its work to the one who has it, who looks after letting go
    /// (<see cref="Leave"/>, <see cref="PumpOrLeaveIt"/>).</summary>
    private readonly Lock _delivery = new();
    private readonly Lock _readyLock = new();
    private readonly Queue<Subscription> _ready = new();
    private readonly Queue<Subscription> _overflowed = new();
    private readonly DeliveryBuffer _buffer = new() { Credit = DeliveryCredit.InitialBytes };
    private volatile int _readyCount;
    private volatile bool _hasCredit = true;
    private int _scheduled;

    /// <summary>1: somebody found the pump taken, or is about to pump.</summary>
    private int _wanted;

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
        // Whoever takes it from the queue says so first and then wants the subscription's lock: what it is ready for is still to be taken.
        if (subscription.IsQueuedAsReady && subscription.Overflow == ErrorCode.None)
            return;
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
        _delivery.Enter();
        try
        {
            _buffer.Credit += bytes;
            _hasCredit = _buffer.Credit > 0;
            Pump();
        }
        finally
        {
            Leave();
        }

        CloseOverflowed();
    }

    /// <summary>Nothing is to wait for company: what waited longer might have to be dropped.</summary>
    public void Hurry() => _hurries = true;

    /// <summary>Delivers what is ready. A publisher whose own connection this is waits for a thread that is at it, so that what it
    /// published has been handed over; others leave it to the transport, where what comes in a row becomes one batch, unless some of it might
    /// have to be dropped.</summary>
    public void Deliver(bool isOwn)
    {
        if (_readyCount > 0 && (_hasCredit || isOwn))
        {
            if (!isOwn && !_hurries)
            {
                Postpone();
                return;
            }

            _delivery.Enter();
            try
            {
                Pump();
            }
            finally
            {
                Leave();
            }
        }
        else if (isOwn)
        {
            Settle();
            return;
        }

        CloseOverflowed();
    }

    /// <summary>The transport has come to it.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        PumpOrLeaveIt();
        CloseOverflowed();
    }

    /// <summary>Waits until the batch that is being handed over has been: nothing of a subscription that was closed before comes after
    /// this.</summary>
    public void Settle()
    {
        _delivery.Enter();
        Leave();
    }

    public void Close()
    {
        _delivery.Enter();
        _closed = true;
        Leave();
    }

    private void Postpone()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _postponed = 0;
            connections.Schedule(Id, this, isMuch: false);
        }
        else if (++_postponed >= ManyPostponed)
        {
            _postponed = 0;
            connections.Schedule(Id, this, isMuch: true);
        }
    }

    /// <summary>Pumps, or has the thread do it that is at it: two at once would only wait for each other.</summary>
    private void PumpOrLeaveIt()
    {
        Interlocked.Exchange(ref _wanted, 1);
        while (Volatile.Read(ref _wanted) != 0 && _delivery.TryEnter())
        {
            try
            {
                Interlocked.Exchange(ref _wanted, 0);
                Pump();
            }
            finally
            {
                _delivery.Exit();
                Interlocked.MemoryBarrier();
            }
        }
    }

    /// <summary>Does what another thread has left to this one meanwhile.</summary>
    private void Leave()
    {
        _delivery.Exit();
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _wanted) != 0)
            PumpOrLeaveIt();
    }

    private void Pump()
    {
        // A grant may come from within a delivery, on this thread: the loop that runs will see it.
        if (_pumping || _closed)
            return;
        _pumping = true;
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
