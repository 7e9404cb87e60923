using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>An epoch that is over, and the offset that its next record would have had.</summary>
[GenerateSerializer, Immutable, Alias("grains.PastEpoch")]
public readonly record struct PastEpoch([property: Id(0)] long Epoch, [property: Id(1)] long EndOffset, [property: Id(2)] long EndedAtUs);
