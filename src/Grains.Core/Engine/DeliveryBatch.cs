namespace Grains.Engine;

/// <summary>Deliveries for one subscription, in order.</summary>
public readonly record struct DeliveryBatch(string SubscriptionId, ReadOnlyMemory<Delivery> Items);
