namespace Grains.Engine;

/// <summary>Inbound port of topics.</summary>
public interface ITopicEngine
{
    /// <summary>Appends in the topic's turn. On the Local engine the deliveries to <paramref name="publisher"/>'s own subscriptions
    /// have been handed over when this returns, so its notification precedes its ack.</summary>
    /// <param name="publisher">The connection, or none for the server itself.</param>
    /// <param name="message">The message; id and timestamp are filled in when absent.</param>
    /// <param name="opId">A retry with the same id gets the first answer and appends nothing.</param>
    ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null);

    /// <summary>Makes a subscription that is already collecting but delivers nothing before <see cref="ActivateAsync"/>,
    /// so that the acknowledgement can go out first. An existing one of the same connection and id is replaced.</summary>
    ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command);

    /// <summary>Lets a subscription deliver: first what its start asks for, then what is new, as credit allows.</summary>
    ValueTask ActivateAsync(ConnectionId connection, string subscriptionId);

    /// <returns>False when there was no such subscription.</returns>
    ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId);

    /// <summary>Gives a connection credit back for deliveries that have left for its reader, in the bytes of <see cref="Delivery.CostBytes"/>.
    /// A connection opens with <see cref="DeliveryCredit.InitialBytes"/>; at zero or below nothing is delivered.</summary>
    ValueTask GrantAsync(ConnectionId connection, long bytes);

    ValueTask<TopicReply> ExecuteAsync(TopicCommand command);

    ValueTask<ReadReply> ReadAsync(ReadCommand command);
}
