namespace Grains.Tests.Contracts;

/// <summary>What one subscription of one connection was given, in order, and whether it was ended. Waiting is armed by what is
/// awaited, never by time; after <see cref="RecordingConnections.Patience"/> it fails and says what came instead.</summary>
public sealed class RecordedSubscription(string name)
{
    private readonly Lock _lock = new();
    private readonly List<Delivery> _items = [];
    private readonly List<Waiter> _waiters = [];
    private readonly TaskCompletionSource<(ErrorCode Code, string Message)> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A copy of everything delivered so far.</summary>
    public IReadOnlyList<Delivery> Items
    {
        get
        {
            lock (_lock)
                return [.. _items];
        }
    }

    /// <summary>How many deliveries there are so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _items.Count;
        }
    }

    /// <summary>What all deliveries so far cost of the connection's credit.</summary>
    public long CostBytes => Items.Sum(item => (long)item.CostBytes);

    /// <summary>Waits for at least <paramref name="count"/> deliveries and returns all there are.</summary>
    public Task<IReadOnlyList<Delivery>> WaitAsync(int count) => WaitAsync(static _ => 1, count, $"{count} deliveries");

    /// <summary>Waits for a record with this payload and returns all deliveries there are.</summary>
    public Task<IReadOnlyList<Delivery>> WaitForAsync(string payload) =>
        WaitAsync(item => item.Record?.Message.Payload.ToString() == payload ? 1 : 0, 1, $"payload {payload}");

    /// <summary>Waits until records and what gaps name as missed come to <paramref name="count"/>, and returns all deliveries there are.</summary>
    public Task<IReadOnlyList<Delivery>> WaitForAccountOfAsync(long count) =>
        WaitAsync(static item => item.Gap is null ? 1 : Math.Max(0, item.Gap.To - item.Gap.From), count, $"an account of {count} messages");

    /// <summary>Waits for <paramref name="count"/> deliveries of which a condition holds, and returns all deliveries there are.</summary>
    public Task<IReadOnlyList<Delivery>> WaitForAllAsync(Func<Delivery, bool> holds, int count, string what) =>
        WaitAsync(item => holds(item) ? 1 : 0, count, what);

    /// <summary>Waits for the engine to end the subscription by its own decision.</summary>
    public Task<(ErrorCode Code, string Message)> WaitForEndAsync() => _ended.Task.WaitAsync(RecordingConnections.Patience);

    internal void Add(ReadOnlySpan<Delivery> items)
    {
        lock (_lock)
        {
            _items.AddRange(items);
            if (_waiters.Count == 0)
                return;
            foreach (var item in items)
                _waiters.RemoveAll(waiter => waiter.IsDoneWith(item));
        }
    }

    internal void End(ErrorCode code, string message) => _ended.TrySetResult((code, message));

    private async Task<IReadOnlyList<Delivery>> WaitAsync(Func<Delivery, long> weight, long wanted, string what)
    {
        var waiter = new Waiter(weight, wanted);
        lock (_lock)
        {
            if (!_items.Exists(waiter.IsDoneWith))
                _waiters.Add(waiter);
        }

        try
        {
            await waiter.Done.WaitAsync(RecordingConnections.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{name} waited for {what} in vain; it got: {string.Join(", ", DeliveryText.Of(Items).TakeLast(100))}");
        }

        return Items;
    }

    /// <summary>Done when the deliveries that it has been shown weigh as much as is wanted.</summary>
    private sealed class Waiter(Func<Delivery, long> weight, long wanted)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _missing = wanted;

        public Task Done => _done.Task;

        public bool IsDoneWith(Delivery item)
        {
            _missing -= weight(item);
            return _missing <= 0 && _done.TrySetResult();
        }
    }
}
