using System.Collections.Immutable;

namespace Grains.Topics;

/// <summary>What is known of a log without its records: enough for another node to keep a copy of it that begins where the records do that it
/// is given.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="CreatedAtUs">Before the first append.</param>
/// <param name="Retention">What is kept.</param>
/// <param name="FirstOffset">Offset of the oldest record kept.</param>
/// <param name="NextOffset">The offset that the next record gets.</param>
/// <param name="TrimmedThroughUs">When the last record that went had been appended; <see cref="long.MinValue"/> when none has.</param>
public sealed record LogHeader(
    long Epoch, long CreatedAtUs, TopicRetention Retention, long FirstOffset, long NextOffset, long TrimmedThroughUs)
{
    /// <summary>The time marks: pairs of time and offset, in order.</summary>
    public ImmutableArray<TopicPosition> Marks { get; init; } = [];
}
