using System.Collections.Immutable;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>One subscription of a silo, as the other silos know it.</summary>
/// <param name="Id">Unique at its silo, also over time.</param>
/// <param name="Patterns">Its patterns.</param>
[GenerateSerializer, Immutable, Alias("grains.Interest")]
public sealed record Interest([property: Id(0)] long Id, [property: Id(1)] ImmutableArray<TopicPattern> Patterns);
