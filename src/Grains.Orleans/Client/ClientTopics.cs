using Grains.Engine;
using Grains.Orleans.Cluster;
using Grains.Orleans.Topics;
using Grains.Topics;
using Orleans;

namespace Grains.Orleans.Client;

/// <summary>Topics as an Orleans client sees them: what concerns one topic goes to its grain, subscriptions live in the session.</summary>
internal sealed class ClientTopics(TopicOptions options, IGrainFactory grains, ClientConnections connections) : ITopicEngine
{
    private const string NoSilo = "No silo of the cluster answered in time.";
    private const string NotAnswered = "The node of the cluster that has the topic did not answer.";

    private readonly TopicGrains _topics = new(grains);
    private readonly IClusterGrain _cluster = grains.GetGrain<IClusterGrain>(0);

    public async ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (TopicNames.FaultOf(message.Topic, options) is { } fault)
            return PublishReply.Fail(ErrorCode.InvalidName, fault);
        if (TopicNames.FaultOf(message, options) is { } wrong)
            return PublishReply.Fail(ErrorCode.InvalidArgument, wrong);
        try
        {
            return await _topics.Of(message.Topic).PublishAsync(message, opId).ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return PublishReply.Fail(ErrorCode.NodeLost, NotAnswered);
        }
    }

    public async ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (connections.Find(connection) is not { } found)
            return SubscribeReply.Fail(ErrorCode.ConnectionNotFound, $"There is no connection {connection}.");
        try
        {
            return await found.SubscribeAsync(command).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return SubscribeReply.Fail(ErrorCode.NodeLost, NoSilo);
        }
    }

    public async ValueTask ActivateAsync(ConnectionId connection, string subscriptionId)
    {
        try
        {
            await (connections.Find(connection)?.ActivateAsync(subscriptionId) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            // The next session delivers what this one did not begin to, if there is one; whoever waits has to know.
            throw new GrainsException(ErrorCode.NodeLost, NoSilo, null, error);
        }
    }

    public async ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId)
    {
        try
        {
            return connections.Find(connection) is { } found && await found.UnsubscribeAsync(subscriptionId).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // No session goes on with it, and what is left of it ends with the last one.
            return true;
        }
    }

    public ValueTask GrantAsync(ConnectionId connection, long bytes)
    {
        connections.Find(connection)?.Grant(bytes);
        return default;
    }

    public async ValueTask<TopicReply> ExecuteAsync(TopicCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var ofAll = command.Operation is "list" or "presence";
        if (command.Operation != "list" && TopicNames.FaultOf(command.Topic, options) is { } fault)
            return TopicReply.Fail(ErrorCode.InvalidName, fault);
        try
        {
            return await (ofAll ? _cluster.ExecuteAsync(command) : _topics.Of(command.Topic).ExecuteAsync(command).AsTask()).ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return TopicReply.Fail(ErrorCode.NodeLost, NotAnswered);
        }
    }

    public async ValueTask<ReadReply> ReadAsync(ReadCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (TopicNames.FaultOf(command.Topic, options) is not null)
            return ReadReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
        try
        {
            return await _topics.Of(command.Topic).ReadAsync(command).ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return ReadReply.Fail(ErrorCode.NodeLost, NotAnswered);
        }
    }
}
