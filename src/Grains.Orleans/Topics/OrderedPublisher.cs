namespace Grains.Orleans.Topics;

/// <summary>Publishes the engine's own messages one after the other, for callers that cannot wait where they are.</summary>
internal sealed class OrderedPublisher(Func<TopicMessage, ValueTask<PublishReply>> publish)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Nothing is waiting.</summary>
    public bool IsEmpty => _last.IsCompleted;

    public void Add(TopicMessage message)
    {
        lock (_lock)
            _last = PublishAfterAsync(_last, message);
    }

    /// <summary>Waits until what was added before has been published.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
            return _last;
    }

    private async Task PublishAfterAsync(Task before, TopicMessage message)
    {
        await before.ConfigureAwait(false);
        // A message of the engine's own that is refused costs nobody anything.
        await publish(message).ConfigureAwait(false);
    }
}
