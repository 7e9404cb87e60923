using System.Collections.Immutable;
using Grains.Topics;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>Everything a topic is, on its way from one silo to another or in grain storage.</summary>
[GenerateSerializer, Immutable, Alias("grains.TopicImage")]
public sealed record TopicImage
{
    [Id(0)]
    public LogHeader? Log { get; init; }

    [Id(1)]
    public ImmutableArray<TopicRecord> Records { get; init; } = [];

    [Id(2)]
    public ImmutableArray<PastEpoch> Ended { get; init; } = [];

    [Id(3)]
    public bool Declared { get; init; }

    /// <summary>Answers remembered by op_id.</summary>
    [Id(4)]
    public ImmutableArray<TopicAnswer> Answers { get; init; } = [];

    /// <summary>How much each silo has of the current epoch: what it has not acknowledged is sent again.</summary>
    [Id(5)]
    public ImmutableArray<KeyValuePair<SiloAddress, long>> Cursors { get; init; } = [];
}
