using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans;

/// <summary>
/// One topic: owns its log, its epoch and its offsets. The grain's key is the topic's name. Messages reach subscribers through the silos
/// that their connections are on; to subscribe use the user API (<see cref="ITopics"/>).
/// </summary>
[Alias("grains.ITopicGrain")]
public interface ITopicGrain : IGrainWithStringKey
{
    /// <summary>Appends a message.</summary>
    /// <param name="message">The message; its topic is the grain's key.</param>
    /// <param name="opId">A retry with the same id gets the first answer and appends nothing; null for none.</param>
    [Alias("publish")]
    ValueTask<PublishReply> PublishAsync([Immutable] TopicMessage message, string? opId);

    /// <summary>Creates, describes, trims or deletes the topic.</summary>
    [Alias("execute")]
    ValueTask<TopicReply> ExecuteAsync([Immutable] TopicCommand command);

    /// <summary>Reads the log by position.</summary>
    [Alias("read")]
    ValueTask<ReadReply> ReadAsync([Immutable] ReadCommand command);

    /// <summary>A piece of the log for a silo that copies it; from an epoch other than the current one, from the beginning.
    /// It is no longer than <see cref="Topics.LogPage.BytesMax"/>, whatever is asked for.</summary>
    [Alias("log")]
    ValueTask<Topics.LogPage> LogAsync(long epoch, long from, int bytesMax);
}
