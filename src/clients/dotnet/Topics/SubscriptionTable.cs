using System.Collections.Concurrent;
using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Topics;

/// <summary>The client's subscriptions by id: finds the one that a message is for, and resumes all on a new connection.</summary>
internal sealed class SubscriptionTable
{
    private readonly ConcurrentDictionary<string, ClientSubscription> _subscriptions = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">The client has a subscription of this id.</exception>
    public void Add(ClientSubscription subscription)
    {
        if (!_subscriptions.TryAdd(subscription.SubscriptionId, subscription))
            throw new InvalidOperationException($"The client has a subscription '{subscription.SubscriptionId}' already.");
    }

    public void Remove(ClientSubscription subscription) =>
        _subscriptions.TryRemove(new KeyValuePair<string, ClientSubscription>(subscription.SubscriptionId, subscription));

    public void Restore(Connection connection)
    {
        foreach (var subscription in _subscriptions.Values)
            subscription.ResumeOn(connection);
    }

    public void OnMessage(Connection connection, in Incoming incoming)
    {
        if (incoming.Name is null || !_subscriptions.TryGetValue(incoming.Name, out var subscription))
            return;
        switch (incoming.Kind)
        {
            case IncomingKind.Notification:
                subscription.Deliver(connection, DeliveryReader.Notification(incoming.Message));
                break;
            case IncomingKind.Gap:
                subscription.Deliver(connection, DeliveryReader.Gap(incoming.Message));
                break;
            default:
                Remove(subscription);
                subscription.End(DeliveryReader.Ended(incoming.Message));
                break;
        }
    }

    /// <summary>Ends the subscriptions of one connection, which are not resumed on the next.</summary>
    public void EndOn(Connection connection, GrainsException failure)
    {
        foreach (var subscription in _subscriptions.Values)
        {
            if (subscription.TryEndOn(connection, failure))
                Remove(subscription);
        }
    }

    /// <summary>The client closes: enumerations end.</summary>
    public void EndAll()
    {
        foreach (var subscription in _subscriptions.Values)
            subscription.End(null);
    }
}
