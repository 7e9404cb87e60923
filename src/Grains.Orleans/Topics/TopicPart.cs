using System.Collections.Immutable;
using Grains.Topics;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>
/// A piece of one topic's log on its way to a silo that has subscriptions: what follows what it was sent before. The offsets say whether it does.
/// </summary>
[GenerateSerializer, Immutable, Alias("grains.TopicPart")]
public sealed record TopicPart
{
    [Id(0)]
    public required string Topic { get; init; }

    /// <summary>The log as it stood; without time marks.</summary>
    [Id(1)]
    public required LogHeader Log { get; init; }

    /// <summary>Offset of the first of <see cref="Records"/>, or of the next when there is none.</summary>
    [Id(2)]
    public long From { get; init; }

    [Id(3)]
    public ImmutableArray<TopicRecord> Records { get; init; } = [];

    /// <summary>The epoch has ended with these records.</summary>
    [Id(4)]
    public bool Ends { get; init; }
}
