namespace Grains;

/// <summary>A subscription that is being read. One reader; disposing it unsubscribes.
/// Messages of a topic come in offset order; a <see cref="Delivery"/> with a <see cref="Delivery.Gap"/> says what was missed.</summary>
public interface ITopicSubscription : IAsyncEnumerable<Delivery>, IAsyncDisposable
{
    string SubscriptionId { get; }

    /// <summary>The server's time of the first acknowledgement.</summary>
    long SubscribedAtUs { get; }
}
