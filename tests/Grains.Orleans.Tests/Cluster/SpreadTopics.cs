using Grains.Engine;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The topics of a cluster, each call on the silo of its connection, or on the silos in turn.</summary>
internal sealed class SpreadTopics(TwoSilos silos) : ITopicEngine
{
    private int _turn;

    private ITopicEngine Next => silos.Engines[(int)((uint)Interlocked.Increment(ref _turn) % 2)].Topics;

    public ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null) =>
        (publisher.IsNone ? Next : Of(publisher)).PublishAsync(publisher, message, opId);

    public ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command) => Of(connection).SubscribeAsync(connection, command);

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId) => Of(connection).ActivateAsync(connection, subscriptionId);

    public ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) => Of(connection).UnsubscribeAsync(connection, subscriptionId);

    public ValueTask GrantAsync(ConnectionId connection, long bytes) => Of(connection).GrantAsync(connection, bytes);

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command) => Next.ExecuteAsync(command);

    public ValueTask<ReadReply> ReadAsync(ReadCommand command) => Next.ReadAsync(command);

    private ITopicEngine Of(ConnectionId connection) => silos.EngineOf(connection).Topics;
}
