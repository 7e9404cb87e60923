using Grains.Engine;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>What a subscription missed.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.TopicGap")]
internal struct TopicGapSurrogate
{
    [Id(0)] public byte Reason;
    [Id(1)] public long Epoch;
    [Id(2)] public long From;
    [Id(3)] public long To;
    [Id(4)] public long NextEpoch;
    [Id(5)] public long NextOffset;
}

[RegisterConverter, RegisterCopier]
internal sealed class TopicGapConverter : ShallowCopier<TopicGap>, IConverter<TopicGap, TopicGapSurrogate>
{
    public TopicGapSurrogate ConvertToSurrogate(in TopicGap value) => new()
    {
        Reason = (byte)value.Reason,
        Epoch = value.Epoch,
        From = value.From,
        To = value.To,
        NextEpoch = value.NextEpoch,
        NextOffset = value.NextOffset,
    };

    public TopicGap ConvertFromSurrogate(in TopicGapSurrogate surrogate) => new(
        (GapReason)surrogate.Reason, surrogate.Epoch, surrogate.From, surrogate.To, surrogate.NextEpoch, surrogate.NextOffset);
}

/// <summary>A record or a gap for a subscription.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.Delivery")]
internal struct DeliverySurrogate
{
    [Id(0)] public string? Topic;
    [Id(1)] public long Epoch;
    [Id(2)] public TopicRecord? Record;
    [Id(3)] public TopicGap? Gap;
    [Id(4)] public bool Backlog;
}

[RegisterConverter, RegisterCopier]
internal sealed class DeliveryConverter : ShallowCopier<Delivery>, IConverter<Delivery, DeliverySurrogate>
{
    public DeliverySurrogate ConvertToSurrogate(in Delivery value) =>
        new() { Topic = value.Topic, Epoch = value.Epoch, Record = value.Record, Gap = value.Gap, Backlog = value.Backlog };

    public Delivery ConvertFromSurrogate(in DeliverySurrogate surrogate) =>
        new(surrogate.Topic!, surrogate.Epoch, surrogate.Record, surrogate.Gap, surrogate.Backlog);
}

/// <summary>Deliveries for one subscription.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.DeliveryBatch")]
internal struct DeliveryBatchSurrogate
{
    [Id(0)] public string? SubscriptionId;
    [Id(1)] public Delivery[]? Items;
}

/// <summary>The one type that is copied within a silo: a batch's memory is the engine's again as soon as it has been handed over.</summary>
[RegisterConverter, RegisterCopier]
internal sealed class DeliveryBatchConverter : IDeepCopier<DeliveryBatch>, IConverter<DeliveryBatch, DeliveryBatchSurrogate>
{
    public DeliveryBatch DeepCopy(DeliveryBatch input, CopyContext context) => input with { Items = input.Items.ToArray() };

    public DeliveryBatchSurrogate ConvertToSurrogate(in DeliveryBatch value) =>
        new() { SubscriptionId = value.SubscriptionId, Items = value.Items.IsEmpty ? null : value.Items.ToArray() };

    public DeliveryBatch ConvertFromSurrogate(in DeliveryBatchSurrogate surrogate) => new(surrogate.SubscriptionId!, surrogate.Items);
}
