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
    private readonly SubscriptionDesk _desk;
    private readonly TopicAdministration _administration;
    private readonly ITimer _janitor;

    public LocalTopics(TopicOptions options, TimeProvider time, IConnections connections)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _table = new TopicTable(options, new TopicClock(time));
        _desk = new SubscriptionDesk(options, _table, connections, message => Publish(default, message, null));
        _administration = new TopicAdministration(options, _table);
        _janitor = time.CreateTimer(_ => Sweep(), null, options.JanitorPeriod, options.JanitorPeriod);
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
            : new(Publish(publisher, message, opId));
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
        return new(_administration.Execute(command));
    }

    public ValueTask<ReadReply> ReadAsync(ReadCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(_administration.Read(command));
    }

    public void Dispose() => _janitor.Dispose();

    private PublishReply Publish(ConnectionId publisher, TopicMessage message, string? opId)
    {
        PublishReply? reply;
        TopicFeed[] feeds;
        do
        {
            if (_table.GetOrAdd(message.Topic) is not { } topic)
                return PublishReply.Fail(ErrorCode.TooManyTopics, TopicTable.TooManyNames);
            reply = Append(topic, message, opId, out feeds);
        }
        while (reply is null);

        foreach (var feed in feeds)
            feed.Subscription.Connection.Deliver(feed.Subscription.Connection.Id == publisher);
        _table.Relieve();
        return reply;
    }

    /// <returns>Null when the topic has just been forgotten and must be looked up again.</returns>
    private PublishReply? Append(TopicState topic, TopicMessage message, string? opId, out TopicFeed[] feeds)
    {
        feeds = [];
        lock (topic.Turn)
        {
            if (topic.Removed)
                return null;
            var now = _table.Clock.Next();
            if (OpIdRule.Recall<PublishReply>(topic, opId, now, _options, out var remembered) is { } refusal)
                return PublishReply.Fail(refusal.Code, refusal.Message);
            if (remembered is not null)
                return remembered;
            if (_table.LogOf(topic, _options.DefaultRetention) is not { } log)
                return PublishReply.Fail(ErrorCode.TooManyTopics, $"There are {_options.TopicsMax} topics.");
            var filled = Fill(message, now);
            log.Expire(now);
            if (log.Retention.RefuseWhenFull && log.IsFullFor(TopicRecord.CostOf(filled)))
                return PublishReply.Fail(ErrorCode.TopicFull, "The topic is full.");
            var record = log.Append(filled, log.CreatedAtUs < now ? now : _table.Clock.Next());
            feeds = _table.FeedsOf(topic);
            foreach (var feed in feeds)
                feed.Offer(log, record);
            var reply = new PublishReply
            {
                Epoch = log.Epoch,
                Offset = record.Offset,
                Receivers = feeds.Length,
                Durability = Durability.Memory,
                MessageId = filled.MessageId,
                AppendedAtUs = record.AppendedAtUs,
            };
            _table.Account(topic);
            OpIdRule.Remember(topic, opId, reply, now, _options);
            return reply;
        }
    }

    private static TopicMessage Fill(TopicMessage message, long nowUs) =>
        message is { MessageId: not null, Timestamp: not null, Payload.IsNone: false }
            ? message
            : message with
            {
                MessageId = message.MessageId ?? MessageIds.Next(nowUs),
                Timestamp = message.Timestamp ?? Clock.ToSeconds(nowUs),
                Payload = message.Payload.IsNone ? Value.Null : message.Payload,
            };

    private void Sweep()
    {
        foreach (var topic in _table.All)
            _table.Sweep(topic);
    }
}
