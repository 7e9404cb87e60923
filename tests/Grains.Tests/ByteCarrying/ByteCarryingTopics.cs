using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

/// <summary>A topic port whose every argument and answer passes through bytes.</summary>
public sealed class ByteCarryingTopics(ITopicEngine inner) : ITopicEngine
{
    public async ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null) =>
        Bytes.Carry(await inner.PublishAsync(Bytes.Carry(publisher), Bytes.Carry(message), Bytes.Carry(opId)));

    public async ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command) =>
        Bytes.Carry(await inner.SubscribeAsync(Bytes.Carry(connection), Bytes.Carry(command)));

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId) =>
        inner.ActivateAsync(Bytes.Carry(connection), Bytes.Carry(subscriptionId));

    public async ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) =>
        Bytes.Carry(await inner.UnsubscribeAsync(Bytes.Carry(connection), Bytes.Carry(subscriptionId)));

    public ValueTask GrantAsync(ConnectionId connection, long bytes) =>
        inner.GrantAsync(Bytes.Carry(connection), Bytes.Carry(bytes));

    public async ValueTask<TopicReply> ExecuteAsync(TopicCommand command) =>
        Bytes.Carry(await inner.ExecuteAsync(Bytes.Carry(command)));

    public async ValueTask<ReadReply> ReadAsync(ReadCommand command) =>
        Bytes.Carry(await inner.ReadAsync(Bytes.Carry(command)));
}
