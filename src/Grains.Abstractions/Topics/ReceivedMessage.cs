namespace Grains;

/// <summary>A message as a typed subscription gives it.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its payload, read as T.</param>
/// <param name="Epoch">The topic's epoch.</param>
/// <param name="Record">The record as it stands in the topic's log: offset, time of append, headers, publisher.</param>
/// <param name="IsBacklog">It was published before the subscription began.</param>
public readonly record struct ReceivedMessage<T>(string Topic, T? Payload, long Epoch, TopicRecord Record, bool IsBacklog)
{
    public long Offset => Record.Offset;

    /// <summary>The next position of this topic: what <see cref="SubscribeCommand.Resume"/> takes.</summary>
    public TopicPosition NextPosition => new(Epoch, Record.Offset + 1);
}
