using Grains.Engine;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>
/// Topics in one process. A publish is a method call: in the topic's turn the record is appended and goes into the queues of the subscriptions that
/// match; then, outside the turn, each connection with something ready is pumped as far as its credit goes. Every call completes synchronously.
/// </summary>
public sealed class LocalTopics : ITopicEngine, IDisposable
{
    private readonly TopicOptions _options;
    private readonly TopicTable _table;
    private readonly TopicHost _host;
    private readonly SubscriptionDesk _desk;

    public LocalTopics(TopicOptions options, TimeProvider time, IConnections connections)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        var index = new SubscriptionIndex();
        _table = new TopicTable(options, new TopicClock(time), index);
        _host = new TopicHost(options, time, _table);
        _desk = new SubscriptionDesk(options, _table, index, connections, message => _host.Publish(default, message, null));
    }

    /// <summary>What is held in memory, for tests.</summary>
    internal (long LogBytes, long OpIdBytes, long QueuedBytes) Held => (_table.LogBytes, _table.OpIdBytes, _desk.QueuedBytes);

    public void OpenConnection(ConnectionId connection, ConnectionInfo info) => _desk.Open(connection);

    public void CloseConnection(ConnectionId connection) => _desk.Close(connection);

    public ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (TopicNames.FaultOf(message.Topic, _options) is { } wrongName)
            return new(PublishReply.Fail(ErrorCode.InvalidName, wrongName));
        return TopicNames.FaultOf(message, _options) is { } wrong
            ? new(PublishReply.Fail(ErrorCode.InvalidArgument, wrong))
            : new(_host.Publish(publisher, message, opId));
    }

    public ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(_desk.Subscribe(connection, command));
    }

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId)
    {
        _desk.Activate(connection, subscriptionId);
        return default;
    }

    public ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) => new(_desk.Unsubscribe(connection, subscriptionId));

    public ValueTask GrantAsync(ConnectionId connection, long bytes)
    {
        _desk.Grant(connection, bytes);
        return default;
    }

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(command.Operation == "presence" && TopicNames.FaultOf(command.Topic, _options) is null
            ? new TopicReply { Subscribers = [.. _desk.Subscribers(command.Topic)] }
            : _host.Execute(command));
    }

    public ValueTask<ReadReply> ReadAsync(ReadCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(_host.Read(command));
    }

    public void Dispose() => _host.Dispose();
}
