using Grains.Topics;

namespace Grains.Tests.Contracts;

/// <summary>
/// The base of the topic contracts: what every engine promises, written against the ports alone. An engine proves itself by
/// one subclass of each that says how to start it. Nothing here assumes that a call has ended synchronously or that a delivery has come
/// when the publish returns: what is expected is awaited, and that nothing came is proven by a later message of the same publisher.
/// </summary>
public abstract class TopicContract
{
    protected abstract TopicsUnderTest Start(TopicOptions? options = null);

    protected static SubscribeCommand To(string subscriptionId, params IEnumerable<string> patterns) =>
        TopicsUnderTest.To(subscriptionId, patterns);

    /// <summary>0, 1, … as payloads are written.</summary>
    protected static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(number => $"{number}");

    protected static IReadOnlyList<string> Texts(IEnumerable<Delivery> deliveries) => DeliveryText.Of(deliveries);

    protected static SubscribeCommand From(string id, long offset, params IEnumerable<string> patterns) =>
        To(id, patterns) with { Start = StartKind.Offset, StartOffset = offset };

    protected static SubscribeCommand Since(string id, long atUs, params IEnumerable<string> patterns) =>
        To(id, patterns) with { Start = StartKind.Time, StartAtUs = atUs };

    protected static IEnumerable<Delivery> OfTopic(IEnumerable<Delivery> items, string topic) => items.Where(item => item.Topic == topic);
}
