namespace Grains.Orleans.Tests.Stopping;

/// <summary>
/// A subscription that keeps account of what it gets: each topic's deliveries and gaps follow each other without a hole, and no number comes twice.
/// </summary>
internal sealed class WatchedReader : IAsyncDisposable
{
    private readonly ITopicSubscription _subscription;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TopicPosition> _next;
    private readonly Dictionary<long, Published> _seen = [];
    private readonly List<(string Topic, TopicGap Gap)> _gaps = [];
    private readonly List<string> _faults = [];
    private readonly Counter _taken = new();
    private readonly Task _reading;

    private WatchedReader(ITopicSubscription subscription, IReadOnlyDictionary<string, TopicPosition> beginnings)
    {
        _subscription = subscription;
        _next = new(beginnings);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>What the reader was told that it missed.</summary>
    public IReadOnlyList<(string Topic, TopicGap Gap)> Gaps
    {
        get
        {
            lock (_lock)
                return [.. _gaps];
        }
    }

    /// <param name="topics">Where.</param>
    /// <param name="pattern">What.</param>
    /// <param name="beginnings">Where each topic stands now; nothing is published until this has returned.</param>
    public static async Task<WatchedReader> StartAsync(ITopics topics, string pattern, IReadOnlyDictionary<string, TopicPosition> beginnings) =>
        new(await topics.SubscribeAsync(pattern), beginnings);

    /// <summary>Waits until everything up to these has come or been told as missed.</summary>
    public async Task ReachAsync(IEnumerable<Published> last)
    {
        foreach (var published in last)
        {
            while (true)
            {
                Task more;
                lock (_lock)
                {
                    if (_faults.Count > 0 || IsBehind(published))
                        break;
                    more = _taken.MoreAsync(1);
                }

                try
                {
                    await more;
                }
                catch (TimeoutException)
                {
                    Assert.Fail($"{published} did not come; the reader stands at {_next[published.Topic]}, ended: {_reading.Status} {_reading.Exception}");
                }
            }
        }
    }

    /// <summary>Everything that was acknowledged has come once, or a gap has told that it was missed; nothing came twice.</summary>
    public void Check(IEnumerable<Published> acknowledged)
    {
        lock (_lock)
        {
            Assert.Empty(_faults);
            foreach (var published in acknowledged)
            {
                if (_seen.TryGetValue(published.Number, out var seen))
                    Assert.Equal(published, seen);
                else
                    Assert.True(_gaps.Exists(gap => gap.Topic == published.Topic && IsIn(gap.Gap, published)), $"{published} was lost in silence");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _reading.WaitAsync(Counter.Patience);
    }

    private static bool IsIn(TopicGap gap, Published published) => gap.To < 0
        ? (published.Epoch == gap.Epoch && published.Offset >= gap.From) || (published.Epoch > gap.Epoch && published.Epoch < gap.NextEpoch)
        : published.Epoch == gap.Epoch && published.Offset >= gap.From && published.Offset < gap.To;

    private bool IsBehind(Published published)
    {
        var next = _next[published.Topic];
        return next.Epoch > published.Epoch || (next.Epoch == published.Epoch && next.Offset > published.Offset);
    }

    private async Task ReadAsync()
    {
        await foreach (var delivery in _subscription)
        {
            lock (_lock)
                Take(delivery);
            _taken.Add();
        }
    }

    private void Take(in Delivery delivery)
    {
        var place = delivery.Gap is { } told ? new TopicPosition(told.Epoch, told.From) : new TopicPosition(delivery.Epoch, delivery.Record!.Offset);
        if (_next[delivery.Topic] != place)
            _faults.Add($"{delivery.Topic} stood at {_next[delivery.Topic]} and got {place}, {delivery.Gap}");
        if (delivery.Gap is { } gap)
        {
            _gaps.Add((delivery.Topic, gap));
            _next[delivery.Topic] = new TopicPosition(gap.NextEpoch, gap.NextOffset);
            return;
        }

        var number = delivery.Record!.Message.Payload.As<long>();
        if (!_seen.TryAdd(number, new Published(delivery.Topic, delivery.Epoch, delivery.Record.Offset, number)))
            _faults.Add($"{number} came at {_seen[number]} and again at {place} of {delivery.Topic}");
        _next[delivery.Topic] = place with { Offset = place.Offset + 1 };
    }
}
