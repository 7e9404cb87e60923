namespace Grains.Topics.Subscriptions;

/// <summary>
/// What one subscription gets of one topic. Live: each append goes into the subscription's queue. Replaying: the records are read from the
/// log, from a cursor, when the connection has credit; at the end of the log the feed is live again, decided in the topic's turn, so that
/// nothing is missed and nothing comes twice. Members are used under the subscription's lock; what touches the log, in the topic's turn too.
/// </summary>
internal sealed class TopicFeed(Subscription subscription, TopicState topic) : ITopicReader
{
    private bool _started;
    private int _gapsInRow;

    public Subscription Subscription { get; } = subscription;

    public TopicState Topic { get; } = topic;

    public long Epoch { get; private set; }

    /// <summary>The next offset that goes into the queue (live) or is read (replaying).</summary>
    public long Next { get; set; }

    public bool IsReplaying { get; set; }

    /// <summary>It waits among those that its subscription reads from their logs; the subscription's.</summary>
    public bool IsQueuedForReplay { get; set; }

    /// <summary>Its items in the subscription's queue.</summary>
    public int Queued { get; set; }

    /// <summary>Its topic is no longer known, and something of it still waits.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Gaps older than everything of this feed that is queued.</summary>
    public List<GapMarker>? FrontGaps { get; private set; }

    /// <summary>What they count for.</summary>
    public long FrontGapBytes => TopicRecord.OverheadBytes * (long)(FrontGaps?.Count ?? 0);

    /// <summary>The gap at the queue's tail that grows while new records do not fit.</summary>
    public GapMarker? OpenGap { get; set; }

    /// <summary>It has begun and reads nothing from the log: what is in it now is not needed for it any more.</summary>
    public bool IsLive
    {
        get
        {
            lock (Subscription.Lock)
                return _started && !IsReplaying;
        }
    }

    public int Subscriptions => 1;

    public void LogChanged(TopicLog log)
    {
    }

    public void Deliver(ConnectionId publisher) => Subscription.Connection.Deliver(Subscription.Connection.Id == publisher);

    /// <summary>The newest item of this feed that is queued, when that is a gap: one more may grow it.</summary>
    public GapMarker? TailGap { get; private set; }

    /// <summary>In the topic's turn, when the record has been appended.</summary>
    public void Offer(TopicLog log, TopicRecord record)
    {
        lock (Subscription.Lock)
        {
            if (Subscription.IsClosed || !Start(log, record.Offset) || IsReplaying || record.Offset < Next)
                return;
            if (record.Offset > Next)
            {
                // A copy of the log that has skipped something: the reading of it tells what is missing.
                Replay(log);
                return;
            }

            Next = record.Offset + 1;
            Subscription.Enqueue(this, record);
        }
    }

    /// <summary>In the topic's turn: decides where the feed begins, once, or goes over to a new epoch.</summary>
    /// <param name="log">The log of the current epoch.</param>
    /// <param name="liveFrom">From this offset on nothing has to be read from the log: the record being offered, or the log's end.</param>
    /// <returns>False while the subscription has not begun, the topic does not exist, or its past is awaited.</returns>
    public bool Start(TopicLog? log, long liveFrom)
    {
        if (log is null || Subscription.SubscribedAtUs == 0)
            return false;
        if (_started && Epoch == log.Epoch)
            return true;
        if (log.AwaitsPast)
            return false;
        var next = 0L;
        if (!_started)
            next = StartRule.FirstOffset(this, log);
        _started = true;
        Epoch = log.Epoch;
        Next = next;
        OpenGap = null;
        if (Next < liveFrom)
            Replay(log);
        return true;
    }

    /// <summary>In the topic's turn: a copy of the log has come in place of one that held less, or no more is awaited. What was never offered is read
    /// from it.</summary>
    public void CatchUp(TopicLog log)
    {
        lock (Subscription.Lock)
        {
            if (!Subscription.IsClosed && Start(log, log.NextOffset) && !IsReplaying && Next < log.NextOffset)
                Replay(log);
        }
    }

    /// <summary>Reads on from the log.</summary>
    public void Replay(TopicLog log)
    {
        IsReplaying = true;
        OpenGap = null;
        var from = Math.Max(Next, log.FirstOffset);
        Subscription.AddReplay(this, from < log.NextOffset ? log[from].AppendedAtUs : long.MaxValue);
    }

    /// <summary>In the topic's turn: the log goes away, and what was not read with it.</summary>
    public void EpochEnds(TopicLog log)
    {
        lock (Subscription.Lock)
        {
            if (Subscription.IsClosed || !_started || Epoch != log.Epoch || !IsReplaying)
                return;
            IsReplaying = false;
            Subscription.RemoveReplay(this);
            if (Next < log.NextOffset)
                Subscription.EnqueueGap(this, new GapMarker { Reason = GapReason.Retention, Epoch = Epoch, From = Next, To = log.NextOffset });
            Next = log.NextOffset;
        }
    }

    /// <summary>In the topic's turn: the log goes away with nobody knowing where it ended.</summary>
    public void EpochLost(TopicLog log, long nextEpoch)
    {
        lock (Subscription.Lock)
        {
            if (!_started || Epoch != log.Epoch)
                return;
            IsReplaying = false;
            Subscription.EnqueueGap(this, new GapMarker
            {
                Reason = GapReason.NewEpoch, Epoch = Epoch, From = Next, To = -1, Next = new TopicPosition(nextEpoch, 0),
            });
        }
    }

    /// <summary>A record has been queued: a gap that follows is another.</summary>
    public void HasQueuedRecord()
    {
        OpenGap = null;
        TailGap = null;
        _gapsInRow = 0;
    }

    /// <summary>Lets the gap at the queue's tail take in a new one when as many in a row wait as may.</summary>
    /// <returns>The gap that holds it: the new one when it is to be queued.</returns>
    public GapMarker AddTailGap(GapMarker gap)
    {
        if (TailGap is not null && _gapsInRow >= Subscription.GapsInRowMax)
        {
            TailGap.Absorb(gap.Epoch, gap.From, gap.To, gap.Next);
            return TailGap;
        }

        _gapsInRow++;
        return TailGap = gap;
    }

    /// <summary>A gap is no longer queued and grows no more.</summary>
    public void HasLeft(GapMarker gap)
    {
        if (ReferenceEquals(gap, OpenGap))
            OpenGap = null;
        if (!ReferenceEquals(gap, TailGap))
            return;
        TailGap = null;
        _gapsInRow = 0;
    }

    /// <summary>An item left the queue without being delivered, and everything of this feed before it has too.</summary>
    public void AddFrontGap(in QueuedItem item)
    {
        FrontGaps ??= [];
        if (item.Gap is { } gap)
        {
            HasLeft(gap);
            if (FrontGaps.Count < Subscription.GapsInRowMax)
                FrontGaps.Add(gap);
            else
                FrontGaps[^1].Absorb(gap.Epoch, gap.From, gap.To, gap.Next);
            return;
        }

        var offset = item.Record!.Offset;
        if (FrontGaps.Count >= Subscription.GapsInRowMax)
            FrontGaps[^1].Absorb(item.Epoch, offset, offset + 1, null);
        else if (FrontGaps.Count == 0 || !FrontGaps[^1].TryExtend(item.Epoch, offset, offset + 1))
            FrontGaps.Add(new GapMarker { Reason = GapReason.SlowReader, Epoch = item.Epoch, From = offset, To = offset + 1 });
    }

    public void ClearFrontGaps() => FrontGaps = null;
}
