using System.Collections.Immutable;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>How the topics of one silo stand that match some patterns.</summary>
/// <param name="ClockUs">A reading of its clock, later than every record it speaks of.</param>
/// <param name="Topics">The topics, by name: a page of them.</param>
/// <param name="After">The name after which the next page begins; null when this was the last.</param>
[GenerateSerializer, Immutable, Alias("grains.StandingReply")]
public sealed record StandingReply(
    [property: Id(0)] long ClockUs, [property: Id(1)] ImmutableArray<TopicStanding> Topics, [property: Id(2)] string? After);
