using Grains.Engine;

namespace Grains.Tests.Functions;

/// <summary>The topic port for call graphs: keeps what is published, or refuses it.</summary>
public sealed class RecordingTopics : ITopicEngine
{
    public List<(ConnectionId Publisher, TopicMessage Message)> Published { get; } = [];

    /// <summary>Every publish is refused with this.</summary>
    public PublishReply? Refusal { get; set; }

    public ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        if (Refusal is null)
            Published.Add((publisher, message));
        return new(Refusal ?? new PublishReply { Offset = Published.Count });
    }

    public ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command) => throw Unused();

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId) => throw Unused();

    public ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) => throw Unused();

    public ValueTask GrantAsync(ConnectionId connection, long bytes) => throw Unused();

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command) => throw Unused();

    public ValueTask<ReadReply> ReadAsync(ReadCommand command) => throw Unused();

    private static NotSupportedException Unused() => new("Call graphs only publish.");
}
