namespace Grains.Client.Topics;

/// <summary>What a subscription holds for its reader, bounded by count and bytes, but always at least one delivery. Not safe for threads: its
/// subscription's lock guards it.</summary>
internal sealed class DeliveryBuffer(int messagesMax, long bytesMax)
{
    private readonly Queue<Delivery> _items = new();
    private long _bytes;

    /// <summary>Half empty: time to ask for more.</summary>
    public bool IsDrained => _items.Count <= messagesMax / 2 && _bytes <= bytesMax / 2;

    /// <returns>False when there is no room.</returns>
    public bool TryAdd(in Delivery delivery)
    {
        if (_items.Count > 0 && (_items.Count >= messagesMax || _bytes + delivery.CostBytes > bytesMax))
            return false;
        _items.Enqueue(delivery);
        _bytes += delivery.CostBytes;
        return true;
    }

    public bool TryTake(out Delivery delivery)
    {
        if (!_items.TryDequeue(out delivery))
            return false;
        _bytes -= delivery.CostBytes;
        return true;
    }
}
