using System.Collections.Immutable;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>What one silo sends another of the topics it hosts, in order.</summary>
/// <param name="ClockUs">A reading of the sender's clock.</param>
/// <param name="Parts">The pieces.</param>
[GenerateSerializer, Immutable, Alias("grains.TopicPush")]
public sealed record TopicPush([property: Id(0)] long ClockUs, [property: Id(1)] ImmutableArray<TopicPart> Parts);
