namespace Grains.Topics.Subscriptions;

/// <summary>
/// One subscription of one connection: a feed for each topic that its patterns match, one bounded queue in the order of arrival (so what one
/// publisher sends to several topics stays in order), and the rule for when the queue is full. Publishers fill it in their topics' turns;
/// the connection's pump empties it. Everything mutable is under <see cref="Lock"/>.
/// </summary>
internal sealed class Subscription
{
    private readonly ItemRing _queue = new();
    private readonly Dictionary<TopicState, TopicFeed> _feeds = [];
    private readonly PriorityQueue<TopicFeed, long> _replays = new();
    private readonly List<TopicFeed> _withFrontGaps = [];
    private HashSet<string>? _resumed;
    private bool _feedsCount;
    private int _forgottenFeeds;
    private readonly QueueBudget _budget;
    private readonly int _queueMessagesMax;
    private readonly long _queueBytesMax;

    public Subscription(SubscriberConnection connection, SubscribeCommand command, TopicOptions options)
    {
        Connection = connection;
        Command = command;
        Matchers = [.. command.Patterns.Select(pattern => new TopicMatcher(pattern))];
        Rule = command.Rule ?? (command.Start == StartKind.New ? SlowReaderRule.DropOldest : SlowReaderRule.Lag);
        _queueMessagesMax = Math.Min(command.QueueMessagesMax ?? options.QueueMessagesMax, options.QueueMessagesMax);
        _queueBytesMax = options.QueueBytesMax;
        _budget = connection.QueueBudget;
        GapsInRowMax = options.Budgets.GapsInRowMax;
    }

    public Lock Lock { get; } = new();

    public SubscriberConnection Connection { get; }

    public SubscribeCommand Command { get; }

    public TopicMatcher[] Matchers { get; }

    public SlowReaderRule Rule { get; }

    public int GapsInRowMax { get; }

    /// <summary>The reading of the node's clock at which it began; 0 before.</summary>
    public long SubscribedAtUs { get; private set; }

    public bool IsActive { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Not none: it must be ended. The rule is to close and the queue has overflowed, or its connection matches too many topics.</summary>
    public ErrorCode Overflow { get; private set; }

    /// <summary>In its connection's queue of those that are ready; the connection's.</summary>
    public bool IsQueuedAsReady { get; set; }

    /// <summary>In its connection's queue of those that must be ended; the connection's.</summary>
    public bool IsQueuedAsOverflowed { get; set; }

    /// <summary>Topics that it has feeds of.</summary>
    public int FeedCount => _feeds.Count;

    /// <summary>Feeds that wait to be read from their logs: each once.</summary>
    public int ReplayCount => _replays.Count;

    public bool HasWork => IsActive && (_queue.Count > 0 || _replays.Count > 0 || _withFrontGaps.Count > 0);

    /// <summary>From now on its feeds count for its connection; it must be ended when they are too many.</summary>
    public void Admit()
    {
        lock (Lock)
        {
            if (IsClosed)
                return;
            _feedsCount = true;
            Connection.FeedBudget.Take(_feeds.Count + _forgottenFeeds);
            if (!Connection.FeedBudget.HasRoomFor(0))
                Overflow = ErrorCode.TooManySubscriptions;
        }
    }

    /// <param name="atUs">A reading of the clock.</param>
    public void Begin(long atUs)
    {
        lock (Lock)
            SubscribedAtUs = atUs;
    }

    public void Activate()
    {
        lock (Lock)
        {
            IsActive = true;
            Signal();
        }
    }

    /// <summary>In the topic's turn: decides at once where the feed of a topic begins.</summary>
    public void Start(TopicState topic)
    {
        lock (Lock)
        {
            if (!IsClosed && topic.Log is { } log && _feeds.TryGetValue(topic, out var feed))
                feed.Start(log, log.NextOffset);
        }
    }

    /// <returns>The topics it had feeds of; none when it was closed before.</returns>
    public TopicState[] Close()
    {
        lock (Lock)
        {
            if (IsClosed)
                return [];
            IsClosed = true;
            _budget.GiveBack(_queue.Bytes + _withFrontGaps.Sum(feed => feed.FrontGapBytes));
            _queue.Clear();
            _replays.Clear();
            _withFrontGaps.Clear();
            TopicState[] topics = [.. _feeds.Keys];
            Connection.FeedBudget.GiveBack(_feedsCount ? topics.Length + _forgottenFeeds : 0);
            _feeds.Clear();
            return topics;
        }
    }

    /// <summary>The feed of a topic, made when there is none; null when the subscription is closed or must be ended. The one feed that is too
    /// many for its connection is made, so that who publishes to the topic finds the subscription and ends it after the turn. In the topic's
    /// turn.</summary>
    public TopicFeed? FeedOf(TopicState topic)
    {
        lock (Lock)
        {
            if (IsClosed)
                return null;
            if (_feeds.TryGetValue(topic, out var feed))
                return feed;
            if (Overflow != ErrorCode.None)
                return null;
            if (_feedsCount && !Connection.FeedBudget.TryTake(1))
            {
                Connection.FeedBudget.Take(1);
                Overflow = ErrorCode.TooManySubscriptions;
                Signal();
            }

            _feeds.Add(topic, feed = new TopicFeed(this, topic));
            return feed;
        }
    }

    /// <summary>Lets go of the feed of a topic that is forgotten. While something of it waits it still counts.</summary>
    public void Forget(TopicState topic)
    {
        lock (Lock)
        {
            if (!_feeds.Remove(topic, out var feed))
                return;
            RemoveReplay(feed);
            feed.IsForgotten = true;
            _forgottenFeeds++;
            ReleaseForgotten(feed);
        }
    }

    /// <summary>True once for each topic: a position to resume from holds for the topic as it was, not for what comes by that name later.</summary>
    public bool TakeResumed(string topic) => (_resumed ??= new HashSet<string>(StringComparer.Ordinal)).Add(topic);

    /// <summary>Queues a record, or does what the rule says when there is no room.</summary>
    public void Enqueue(TopicFeed feed, TopicRecord record)
    {
        if (IsClosed)
            return;
        if (TryReserve(record) || MakeRoom(feed, record))
        {
            feed.HasQueuedRecord();
            feed.Queued++;
            _queue.Enqueue(new QueuedItem(feed, feed.Epoch, record, null));
        }

        // Before its connection is told to hurry: a pump that comes in between then finds it ready.
        Signal();
        if (4 * _queue.Count >= _queueMessagesMax || 4 * _queue.Bytes >= _queueBytesMax || _budget.IsQuarterFull)
            Connection.Hurry();
    }

    /// <summary>Queues a gap; it counts, but is never refused: there are only so many in a row.</summary>
    /// <returns>The queued gap that holds it.</returns>
    public GapMarker EnqueueGap(TopicFeed feed, GapMarker gap)
    {
        if (IsClosed)
            return gap;
        var holder = feed.AddTailGap(gap);
        if (ReferenceEquals(holder, gap))
        {
            var item = new QueuedItem(feed, gap.Epoch, null, gap);
            _budget.Take(item.CostBytes);
            feed.Queued++;
            _queue.Enqueue(item);
        }

        Signal();
        return holder;
    }

    public void AddReplay(TopicFeed feed, long nextAppendedAtUs)
    {
        if (IsClosed)
            return;
        RemoveReplay(feed);
        QueueForReplay(feed, nextAppendedAtUs);
        Signal();
    }

    public void RemoveReplay(TopicFeed feed)
    {
        if (!feed.IsQueuedForReplay)
            return;
        feed.IsQueuedForReplay = false;
        _replays.Remove(feed, out _, out _);
    }

    /// <summary>Fills a batch: gaps that are due, then what is queued. Under the connection's delivery lock.</summary>
    public void Take(DeliveryBuffer buffer)
    {
        lock (Lock)
        {
            if (!IsActive || IsClosed)
                return;
            TakeFrontGaps(buffer);
            var before = _queue.Bytes;
            while (_withFrontGaps.Count == 0 && buffer.HasRoom && _queue.TryDequeue(out var item))
            {
                item.Feed.Queued--;
                if (item.Gap is { } gap)
                    item.Feed.HasLeft(gap);
                buffer.Add(item.Record is { } record
                    ? new Delivery(item.Feed.Topic.Name, item.Epoch, record, null, record.AppendedAtUs < SubscribedAtUs)
                    : new Delivery(item.Feed.Topic.Name, item.Epoch, null, item.Gap!.Tell()));
                ReleaseForgotten(item.Feed);
            }

            _budget.GiveBack(before - _queue.Bytes);
        }
    }

    /// <summary>The feed whose next record in a log is the oldest, once nothing is queued, and when the next one's begins.</summary>
    public TopicFeed? NextReplay(out long othersFromUs)
    {
        lock (Lock)
        {
            othersFromUs = long.MaxValue;
            if (!IsActive || IsClosed || _queue.Count > 0 || _withFrontGaps.Count > 0 || !_replays.TryDequeue(out var feed, out _))
                return null;
            feed.IsQueuedForReplay = false;
            if (_replays.TryPeek(out _, out var other))
                othersFromUs = other;
            return feed;
        }
    }

    /// <summary>Reads a feed's log on, in order of time with the other feeds' logs.</summary>
    public void Read(TopicFeed feed, long untilUs, DeliveryBuffer buffer)
    {
        lock (feed.Topic.Turn)
        {
            lock (Lock)
            {
                var log = feed.Topic.Log;
                // One that was queued again meanwhile is at another epoch, and what its queue holds comes first.
                if (IsClosed || !feed.IsReplaying || feed.IsQueuedForReplay || log is null || feed.Epoch != log.Epoch)
                    return;
                if (feed.Next < log.FirstOffset)
                {
                    buffer.Add(new Delivery(feed.Topic.Name, feed.Epoch, null,
                        new TopicGap(GapReason.Retention, feed.Epoch, feed.Next, log.FirstOffset, feed.Epoch, log.FirstOffset)));
                    feed.Next = log.FirstOffset;
                }

                for (var first = true; buffer.HasRoom && feed.Next < log.NextOffset; first = false)
                {
                    var record = log[feed.Next];
                    if (record.AppendedAtUs > untilUs && !first)
                        break;
                    buffer.Add(new Delivery(feed.Topic.Name, feed.Epoch, record, null, record.AppendedAtUs < SubscribedAtUs));
                    feed.Next++;
                }

                if (feed.Next == log.NextOffset)
                    feed.IsReplaying = false;
                else
                    QueueForReplay(feed, log[feed.Next].AppendedAtUs);
            }
        }
    }

    private void QueueForReplay(TopicFeed feed, long nextAppendedAtUs)
    {
        feed.IsQueuedForReplay = true;
        _replays.Enqueue(feed, nextAppendedAtUs);
    }

    /// <summary>Counts a record into the budgets when the queue has room for it. A queue without a record has as long as its connection has
    /// any.</summary>
    private bool TryReserve(TopicRecord record) => _queue.Records == 0
        ? _budget.TryTakeLast(record.CostBytes)
        : _queue.Count < _queueMessagesMax && _queue.Bytes + record.CostBytes <= _queueBytesMax && _budget.TryTake(record.CostBytes);

    /// <returns>True when the record is to be queued after all.</returns>
    private bool MakeRoom(TopicFeed feed, TopicRecord record)
    {
        switch (Rule)
        {
            case SlowReaderRule.Lag:
                feed.Next = record.Offset;
                feed.Replay(feed.Topic.Log!);
                return false;
            case SlowReaderRule.DropNewest:
                DropNewest(feed, record);
                return false;
            case SlowReaderRule.Close:
                Overflow = ErrorCode.SlowReader;
                return false;
            case SlowReaderRule.KeepLatest:
                _queue.RemoveAll(feed, Drop);
                break;
        }

        while (!TryReserve(record))
        {
            if (_queue.TryDequeue(out var oldest))
            {
                Drop(oldest);
                continue;
            }

            // The connection's other queues hold all that it may: nothing of this one is older, so the record itself goes.
            AddFrontGap(new QueuedItem(feed, feed.Epoch, record, null), heldBytes: 0);
            return false;
        }

        return true;
    }

    private void Drop(QueuedItem item)
    {
        item.Feed.Queued--;
        AddFrontGap(item, item.CostBytes);
    }

    private void AddFrontGap(QueuedItem item, long heldBytes)
    {
        if (item.Feed.FrontGaps is null)
            _withFrontGaps.Add(item.Feed);
        var before = item.Feed.FrontGapBytes;
        item.Feed.AddFrontGap(item);
        _budget.GiveBack(heldBytes + before - item.Feed.FrontGapBytes);
    }

    private void DropNewest(TopicFeed feed, TopicRecord record)
    {
        if (feed.OpenGap is { } open && open.TryExtend(feed.Epoch, record.Offset, record.Offset + 1))
            return;
        feed.OpenGap = EnqueueGap(feed, new GapMarker
        {
            Reason = GapReason.SlowReader, Epoch = feed.Epoch, From = record.Offset, To = record.Offset + 1,
        });
    }

    /// <summary>The gaps of one topic are told together, even past the batch's room: they are few. What follows them must not come first.</summary>
    private void TakeFrontGaps(DeliveryBuffer buffer)
    {
        while (_withFrontGaps.Count > 0 && buffer.HasRoom)
        {
            var feed = _withFrontGaps[^1];
            _withFrontGaps.RemoveAt(_withFrontGaps.Count - 1);
            foreach (var gap in feed.FrontGaps!)
                buffer.Add(new Delivery(feed.Topic.Name, gap.Epoch, null, gap.Tell()));
            _budget.GiveBack(feed.FrontGapBytes);
            feed.ClearFrontGaps();
            ReleaseForgotten(feed);
        }
    }

    private void ReleaseForgotten(TopicFeed feed)
    {
        if (!feed.IsForgotten || feed.Queued > 0 || feed.FrontGaps is not null)
            return;
        feed.IsForgotten = false;
        _forgottenFeeds--;
        Connection.FeedBudget.GiveBack(_feedsCount ? 1 : 0);
    }

    private void Signal()
    {
        if (HasWork || (IsActive && Overflow != ErrorCode.None))
            Connection.SetReady(this);
    }
}
