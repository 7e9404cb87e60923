namespace Grains.Topics.Subscriptions;

/// <summary>A growing ring of queued items, with their bytes and the number of the records among them.</summary>
internal sealed class ItemRing
{
    private QueuedItem[] _items = [];
    private int _head;

    public int Count { get; private set; }

    public int Records { get; private set; }

    /// <summary>Of records and gaps.</summary>
    public long Bytes { get; private set; }

    public void Enqueue(in QueuedItem item)
    {
        if (Count == _items.Length)
            Grow();
        _items[(_head + Count++) & (_items.Length - 1)] = item;
        Bytes += item.CostBytes;
        if (item.Record is not null)
            Records++;
    }

    public bool TryDequeue(out QueuedItem item)
    {
        if (Count == 0)
        {
            item = default;
            return false;
        }

        item = _items[_head];
        _items[_head] = default;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        Forget(item);
        return true;
    }

    /// <summary>Takes out every item of a feed, oldest first, and keeps the others in their order.</summary>
    public void RemoveAll(TopicFeed feed, Action<QueuedItem> removed)
    {
        var kept = 0;
        var count = Count;
        for (var i = 0; i < count; i++)
        {
            ref var item = ref _items[(_head + i) & (_items.Length - 1)];
            var taken = item;
            item = default;
            if (ReferenceEquals(taken.Feed, feed))
            {
                Forget(taken);
                removed(taken);
            }
            else
            {
                _items[(_head + kept++) & (_items.Length - 1)] = taken;
            }
        }

        Count = kept;
    }

    public void Clear()
    {
        _items = [];
        _head = 0;
        Count = 0;
        Records = 0;
        Bytes = 0;
    }

    private void Forget(in QueuedItem item)
    {
        Bytes -= item.CostBytes;
        if (item.Record is not null)
            Records--;
    }

    private void Grow()
    {
        var larger = new QueuedItem[Math.Max(4, _items.Length * 2)];
        for (var i = 0; i < Count; i++)
            larger[i] = _items[(_head + i) & (_items.Length - 1)];
        _items = larger;
        _head = 0;
    }
}
