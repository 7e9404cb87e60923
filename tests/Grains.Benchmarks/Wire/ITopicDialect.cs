using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>Publishing to one topic, and receiving it.</summary>
internal interface ITopicDialect
{
    /// <summary>Whether each publish is acknowledged.</summary>
    bool Acknowledges { get; }

    /// <summary>Makes the topic where that is needed, so that it keeps what is under way; blocking.</summary>
    void MakeTopic(Link link, int messagesMax);

    /// <summary>Subscribes, and returns when the server has; blocking.</summary>
    void Subscribe(Link link);

    byte[] Publish(string id, string payload);

    ReplyScanner Acknowledgements();

    ReplyScanner Deliveries();
}
