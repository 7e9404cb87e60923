using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>The topic port as the cache sees it: keeps what is published.</summary>
public sealed class CachePublished : ITopicEngine
{
    private readonly List<TopicMessage> _messages = [];

    /// <summary>Given to every publish.</summary>
    public PublishReply Reply { get; set; } = new();

    /// <summary>Every publish waits for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public IReadOnlyList<TopicMessage> Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    public async ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        Assert.True(publisher.IsNone);
        await Gate;
        lock (_messages)
            _messages.Add(message);
        return Reply;
    }

    public ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command) => throw new NotSupportedException();

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId) => throw new NotSupportedException();

    public ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) => throw new NotSupportedException();

    public ValueTask GrantAsync(ConnectionId connection, long bytes) => throw new NotSupportedException();

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command) => throw new NotSupportedException();

    public ValueTask<ReadReply> ReadAsync(ReadCommand command) => throw new NotSupportedException();
}
