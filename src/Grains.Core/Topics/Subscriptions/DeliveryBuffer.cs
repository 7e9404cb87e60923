namespace Grains.Topics.Subscriptions;

/// <summary>The batch that a connection's pump is filling: at most <see cref="BatchMax"/> items, as far as credit goes. The room for the items is
/// the thread's, and the buffer's only while it holds some: connections that are not being pumped have none.</summary>
internal sealed class DeliveryBuffer
{
    public const int BatchMax = 64;

    [ThreadStatic]
    private static Delivery[]? _spare;

    private Delivery[] _items = [];

    public int Count { get; private set; }

    /// <summary>Credit left; the last item may overdraw it.</summary>
    public long Credit { get; set; }

    public bool HasRoom => Count < BatchMax && Credit > 0;

    public ReadOnlyMemory<Delivery> Items => _items.AsMemory(0, Count);

    public void Add(in Delivery delivery)
    {
        if (Count == 0)
            (_items, _spare) = (_spare ?? new Delivery[BatchMax], null);
        if (Count == _items.Length)
            Array.Resize(ref _items, _items.Length * 2);
        _items[Count++] = delivery;
        Credit -= delivery.CostBytes;
    }

    /// <summary>Forgets the items, so that records are not held longer than they must.</summary>
    public void Clear()
    {
        Array.Clear(_items, 0, Count);
        (_spare, _items) = (_items, []);
        Count = 0;
    }
}
