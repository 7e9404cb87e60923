using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Topics;

/// <summary>The user API's topics over the wire.</summary>
internal sealed class WireTopics(Session session, SubscriptionTable subscriptions, GrainsClientOptions options, OpIds opIds) : ITopics
{
    public async ValueTask<PublishReply> PublishAsync(TopicMessage message, string? opId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var id = session.NextId();
        var own = opId ?? (options.RetryWrites ? opIds.Next(message.Topic) : null);
        var request = new Request(id, TopicRequestWriter.Publish(id, message, own), canRepeat: own is not null);
        var reply = TopicResponseReader.Published(await session.SendAsync(request, options.RequestTimeout, cancellationToken).ConfigureAwait(false));
        if (reply.Error != ErrorCode.OpIdMemoryFull || opId is not null || own is null)
            return reply;
        // The id was ours, not the caller's: nothing happened, so publish without one.
        opIds.Exhaust(message.Topic);
        return await PublishAsync(message, null, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ITopicSubscription> SubscribeAsync(SubscribeCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var subscription = new ClientSubscription(session, subscriptions, command, options);
        subscriptions.Add(subscription);
        try
        {
            await subscription.StartAsync(cancellationToken).ConfigureAwait(false);
            return subscription;
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<TopicReply> ExecuteAsync(TopicCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var id = session.NextId();
        var isRead = command.Operation is "describe" or "list" or "presence";
        var opId = command.OpId ?? (isRead || !options.RetryWrites ? null : opIds.Next(command.Topic));
        var request = new Request(id, TopicRequestWriter.Operation(id, command, opId), canRepeat: isRead || opId is not null);
        return TopicResponseReader.Operated(await session.SendAsync(request, options.RequestTimeout, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<ReadReply> ReadAsync(ReadCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var id = session.NextId();
        var request = new Request(id, TopicRequestWriter.Consume(id, command), canRepeat: true);
        return TopicResponseReader.Consumed(await session.SendAsync(request, options.RequestTimeout, cancellationToken).ConfigureAwait(false));
    }
}
