namespace Grains.Client.Pools;

/// <summary>The topics of a pool: each operation by the least busy client; a subscription keeps its client until it is disposed.</summary>
internal sealed class PooledTopics(ClientSlots slots) : ITopics
{
    public ValueTask<PublishReply> PublishAsync(TopicMessage message, string? opId = null, CancellationToken cancellationToken = default) =>
        RunAsync(topics => topics.PublishAsync(message, opId, cancellationToken));

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command, CancellationToken cancellationToken = default) =>
        RunAsync(topics => topics.ExecuteAsync(command, cancellationToken));

    public ValueTask<ReadReply> ReadAsync(ReadCommand command, CancellationToken cancellationToken = default) =>
        RunAsync(topics => topics.ReadAsync(command, cancellationToken));

    public async ValueTask<ITopicSubscription> SubscribeAsync(SubscribeCommand command, CancellationToken cancellationToken = default)
    {
        var slot = slots.Enter();
        try
        {
            return new PooledSubscription(slot, await slot.Client.Topics.SubscribeAsync(command, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            slot.Leave();
            throw;
        }
    }

    private async ValueTask<T> RunAsync<T>(Func<ITopics, ValueTask<T>> operation)
    {
        var slot = slots.Enter();
        try
        {
            return await operation(slot.Client.Topics).ConfigureAwait(false);
        }
        finally
        {
            slot.Leave();
        }
    }

    private sealed class PooledSubscription(ClientSlot slot, ITopicSubscription inner) : ITopicSubscription
    {
        private int _isDisposed;

        public string SubscriptionId => inner.SubscriptionId;

        public long SubscribedAtUs => inner.SubscribedAtUs;

        public IAsyncEnumerator<Delivery> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            inner.GetAsyncEnumerator(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
                return;
            await inner.DisposeAsync().ConfigureAwait(false);
            slot.Leave();
        }
    }
}
