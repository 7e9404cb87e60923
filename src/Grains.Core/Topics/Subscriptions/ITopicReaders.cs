namespace Grains.Topics.Subscriptions;

/// <summary>Finds the readers of a topic. The index of patterns behind it may be asked inside any turn.</summary>
internal interface ITopicReaders
{
    /// <summary>Whether somebody subscribes to exactly this name.</summary>
    bool HasLiteral(string topic);

    /// <summary>In the topic's turn: everybody whose patterns match, once.</summary>
    IEnumerable<ITopicReader> Of(TopicState topic);

    /// <summary>In the topic's turn, when nothing is kept of it any more.</summary>
    void Forgotten(TopicState topic);
}
