namespace Grains.Topics.Subscriptions;

/// <summary>
/// Where a subscription begins in a topic. A subscription begins at one reading of the node's clock; what was appended before is old, what is
/// appended after is new, exactly. A resumed subscription begins, in topics that it names no position of, where it would have
/// begun at <see cref="SubscribeCommand.AsOfUs"/>, the reading of its first acknowledgement.
/// </summary>
internal static class StartRule
{
    /// <summary>The first offset wanted; below the log's first when retention has taken what was wanted. In the topic's turn and under the
    /// subscription's lock.</summary>
    public static long FirstOffset(TopicFeed feed, TopicLog log)
    {
        var subscription = feed.Subscription;
        var command = subscription.Command;
        log.Mark(subscription.SubscribedAtUs, log.OffsetAt(subscription.SubscribedAtUs));
        if (command.Resume.TryGetValue(feed.Topic.Name, out var position) && subscription.TakeResumed(feed.Topic.Name))
            return Resume(feed, log, position);
        // A topic that came into being afterwards is wanted from its first message, whatever the start.
        if (log.CreatedAtUs > subscription.SubscribedAtUs)
            return 0;
        var cut = log.OffsetAt(command.AsOfUs != 0 ? command.AsOfUs : subscription.SubscribedAtUs);
        return command.Start switch
        {
            StartKind.New => cut,
            StartKind.Last => cut > 0 && (cut > log.FirstOffset || command.AsOfUs != 0) ? cut - 1 : cut,
            StartKind.Offset => OffsetOf(command, log, cut),
            StartKind.Resume => log.OffsetAt(command.StartAtUs),
            _ => TimeOf(command, log, cut),
        };
    }

    private static long OffsetOf(SubscribeCommand command, TopicLog log, long cut)
    {
        if (command.StartOffset >= 0)
            return Math.Min(command.StartOffset, cut);
        // From the end, of what is there: what retention took before the subscription was never promised.
        var first = command.AsOfUs != 0 ? 0 : Math.Min(log.FirstOffset, cut);
        return Math.Max(cut + command.StartOffset, first);
    }

    private static long TimeOf(SubscribeCommand command, TopicLog log, long cut)
    {
        var at = log.OffsetAt(command.StartAtUs);
        if (command.AsOfUs == 0)
            at = Math.Max(at, Math.Min(log.FirstOffset, cut));
        else if (command.StartAtUs <= command.AsOfUs)
            // Of a time that retention has passed the log may know no more than what it keeps now; but all that came since is wanted.
            at = Math.Min(at, cut);
        return command.BacklogCount is { } count ? Math.Max(at, Math.Max(0, cut - count)) : at;
    }

    /// <summary>From a position. What an ended epoch still held beyond it is told exactly; of an epoch that nobody remembers, that it is
    /// gone.</summary>
    private static long Resume(TopicFeed feed, TopicLog log, TopicPosition position)
    {
        if (position.Epoch == log.Epoch)
            return Math.Clamp(position.Offset, 0, log.NextOffset);
        var ended = feed.Topic.EndedEpochs;
        var at = 0;
        while (at < ended.Count && ended[at].Epoch != position.Epoch)
            at++;
        if (at == ended.Count)
        {
            feed.Subscription.EnqueueGap(feed, new GapMarker
            {
                Reason = GapReason.NewEpoch, Epoch = position.Epoch, From = position.Offset, To = -1, Next = new TopicPosition(log.Epoch, 0),
            });
            return 0;
        }

        for (var from = position.Offset; at < ended.Count; at++, from = 0)
        {
            if (from < ended[at].EndOffset)
            {
                feed.Subscription.EnqueueGap(feed, new GapMarker
                {
                    Reason = GapReason.Retention, Epoch = ended[at].Epoch, From = from, To = ended[at].EndOffset,
                    Next = at + 1 < ended.Count ? new TopicPosition(ended[at + 1].Epoch, 0) : new TopicPosition(log.Epoch, 0),
                });
            }
        }

        return 0;
    }
}
