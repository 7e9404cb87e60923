namespace Grains.Topics.Subscriptions;

/// <summary>
/// Who is told of what happens in one topic: a subscription's feed, or, on another engine, a whole node whose subscriptions match.
/// All but <see cref="Deliver"/> is called in the topic's turn.
/// </summary>
internal interface ITopicReader
{
    /// <summary>Subscriptions that it stands for.</summary>
    int Subscriptions { get; }

    /// <summary>A record has been appended.</summary>
    void Offer(TopicLog log, TopicRecord record);

    /// <summary>The log was trimmed or its retention changed.</summary>
    void LogChanged(TopicLog log);

    /// <summary>The log goes away, and what was not read with it.</summary>
    void EpochEnds(TopicLog log);

    /// <summary>Outside every turn: hands over what is ready.</summary>
    /// <param name="publisher">Whose message it was; none when it was the server's or nobody's.</param>
    void Deliver(ConnectionId publisher);
}
