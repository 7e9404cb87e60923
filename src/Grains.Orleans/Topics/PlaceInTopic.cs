using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>A place in a topic's log.</summary>
[GenerateSerializer, Immutable, Alias("grains.PlaceInTopic")]
public readonly record struct PlaceInTopic([property: Id(0)] string Topic, [property: Id(1)] long Epoch, [property: Id(2)] long Offset);
