namespace Grains.Orleans.Tests.Client;

/// <summary>A subscription that is read all the time; what came is kept.</summary>
internal sealed class ReadSubscription : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ITopicSubscription _subscription;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly List<Delivery> _read = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReadSubscription(ITopicSubscription subscription)
    {
        _subscription = subscription;
        _reading = ReadAsync();
    }

    /// <summary>Everything that has come, as soon as it satisfies.</summary>
    public async Task<IReadOnlyList<Delivery>> WhenAsync(Func<IReadOnlyList<Delivery>, bool> satisfies)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (satisfies(_read))
                    return [.. _read];
                more = _more.Task;
            }

            await more.WaitAsync(patience.Token);
        }
    }

    /// <summary>The topic's payloads in the order of their coming.</summary>
    public static IEnumerable<int> PayloadsOf(IEnumerable<Delivery> deliveries, string topic) =>
        deliveries.Where(delivery => delivery.Topic == topic && delivery.Record is not null).Select(delivery => delivery.Record!.Message.Payload.As<int>());

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var delivery in _subscription)
        {
            TaskCompletionSource more;
            lock (_lock)
            {
                _read.Add(delivery);
                more = _more;
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            more.SetResult();
        }
    }
}
