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
