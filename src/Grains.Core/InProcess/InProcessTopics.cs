using System.Collections.Concurrent;
using Grains.Connections;
using Grains.Engine;

namespace Grains.InProcess;

/// <summary>The engine's topics as the user API has them.</summary>
internal sealed class InProcessTopics(IEngine engine, ConnectionTable connections, InProcessUser user) : ITopics, IAsyncDisposable
{
    private readonly ConcurrentDictionary<InProcessSubscription, bool> _subscriptions = new();

    public async ValueTask<PublishReply> PublishAsync(TopicMessage message, string? opId = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await user.OpenAsync().ConfigureAwait(false);
        return await engine.Topics.PublishAsync(user.Id, message, opId).ConfigureAwait(false);
    }

    public async ValueTask<ITopicSubscription> SubscribeAsync(SubscribeCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        cancellationToken.ThrowIfCancellationRequested();
        var subscription = new InProcessSubscription(engine, connections, command.SubscriptionId, s => _subscriptions.TryRemove(s, out _));
        _subscriptions[subscription] = true;
        try
        {
            await subscription.StartAsync(command).ConfigureAwait(false);
            return subscription;
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return engine.Topics.ExecuteAsync(command);
    }

    public ValueTask<ReadReply> ReadAsync(ReadCommand command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return engine.Topics.ReadAsync(command);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions.Keys)
            await subscription.DisposeAsync().ConfigureAwait(false);
    }
}
