namespace Grains;

/// <summary>Topics as a .NET program sees them, in process or over the wire. Typed verbs are in <see cref="TopicExtensions"/>.</summary>
public interface ITopics
{
    /// <summary>Publishes; with <paramref name="opId"/> a retry gets the first answer and publishes nothing.</summary>
    ValueTask<PublishReply> PublishAsync(TopicMessage message, string? opId = null, CancellationToken cancellationToken = default);

    /// <summary>Subscribes and returns once the server has acknowledged; then enumerate the subscription.</summary>
    /// <exception cref="GrainsException">The server refused.</exception>
    ValueTask<ITopicSubscription> SubscribeAsync(SubscribeCommand command, CancellationToken cancellationToken = default);

    ValueTask<TopicReply> ExecuteAsync(TopicCommand command, CancellationToken cancellationToken = default);

    ValueTask<ReadReply> ReadAsync(ReadCommand command, CancellationToken cancellationToken = default);
}

/// <summary>A subscription that is being read. One reader; disposing it unsubscribes.
/// Messages of a topic come in offset order; a <see cref="Delivery"/> with a <see cref="Delivery.Gap"/> says what was missed.</summary>
public interface ITopicSubscription : IAsyncEnumerable<Delivery>, IAsyncDisposable
{
    string SubscriptionId { get; }

    /// <summary>The server's time of the first acknowledgement.</summary>
    long SubscribedAtUs { get; }
}
