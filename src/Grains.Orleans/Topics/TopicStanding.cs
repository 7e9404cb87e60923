using System.Collections.Immutable;
using Grains.Topics;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>How a topic stands at its host.</summary>
[GenerateSerializer, Immutable, Alias("grains.TopicStanding")]
public sealed record TopicStanding
{
    [Id(0)]
    public required string Topic { get; init; }

    /// <summary>Null when there is no log now, only the memory of earlier ones.</summary>
    [Id(1)]
    public LogHeader? Log { get; init; }

    [Id(2)]
    public ImmutableArray<PastEpoch> Ended { get; init; } = [];

    /// <summary>The first offset that a subscription wants that begins now; the log's next one when none does.</summary>
    [Id(3)]
    public long From { get; init; }
}
