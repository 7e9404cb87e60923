namespace Grains.Topics.Subscriptions;

/// <summary>A record, or a gap, that waits in a subscription's queue.</summary>
internal readonly record struct QueuedItem(TopicFeed Feed, long Epoch, TopicRecord? Record, GapMarker? Gap)
{
    public int CostBytes => Record?.CostBytes ?? TopicRecord.OverheadBytes;
}
