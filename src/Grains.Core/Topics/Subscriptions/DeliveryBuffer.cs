namespace Grains.Topics.Subscriptions;

/// <summary>The batch that a connection's pump is filling: at most <see cref="BatchMax"/> items, as far as credit goes. Reused.</summary>
internal sealed class DeliveryBuffer
{
    public const int BatchMax = 64;

    private Delivery[] _items = new Delivery[BatchMax];

    public int Count { get; private set; }

    /// <summary>Credit left; the last item may overdraw it.</summary>
    public long Credit { get; set; }

    public bool HasRoom => Count < BatchMax && Credit > 0;

    public ReadOnlyMemory<Delivery> Items => _items.AsMemory(0, Count);

    public void Add(in Delivery delivery)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, _items.Length * 2);
        _items[Count++] = delivery;
        Credit -= delivery.CostBytes;
    }

    /// <summary>Forgets the items, so that records are not held longer than they must.</summary>
    public void Clear()
    {
        Array.Clear(_items, 0, Count);
        Count = 0;
    }
}
