using System.Collections.Immutable;
using Grains.Topics;
using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>A piece of a log for a silo that copies it.</summary>
/// <param name="Log">The log as it stands, with its time marks; null when the topic has none.</param>
/// <param name="Ended">Earlier epochs.</param>
/// <param name="Records">Records from the offset asked for, or from the first that is kept when that is later.</param>
[GenerateSerializer, Immutable, Alias("grains.LogPage")]
public sealed record LogPage(
    [property: Id(0)] LogHeader? Log, [property: Id(1)] ImmutableArray<PastEpoch> Ended, [property: Id(2)] ImmutableArray<TopicRecord> Records)
{
    /// <summary>Bytes of records in one page; the last one may go beyond.</summary>
    public const int BytesMax = 1024 * 1024;
}
