using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>
/// The topics that this node owns: their turns, logs, epochs and offsets. In the topic's turn a record is appended and offered to everybody who
/// reads the topic; outside it they hand over what is ready. Every call completes synchronously.
/// </summary>
internal sealed class TopicHost : IDisposable
{
    private readonly TopicOptions _options;
    private readonly TopicTable _table;
    private readonly TopicAdministration _administration;
    private readonly ITimer _janitor;

    public TopicHost(TopicOptions options, TimeProvider time, TopicTable table)
    {
        _options = options;
        _table = table;
        _administration = new TopicAdministration(options, table);
        _janitor = time.CreateTimer(_ => Sweep(), null, options.JanitorPeriod, options.JanitorPeriod);
    }

    public TopicReply Execute(TopicCommand command) => _administration.Execute(command);

    public ReadReply Read(ReadCommand command) => _administration.Read(command);

    public void Dispose() => _janitor.Dispose();

    /// <param name="publisher">The connection, or none.</param>
    /// <param name="message">The message, whose topic's name has been checked.</param>
    /// <param name="opId">A retry with the same id gets the first answer and appends nothing.</param>
    public PublishReply Publish(ConnectionId publisher, TopicMessage message, string? opId)
    {
        PublishReply? reply;
        ITopicReader[] readers;
        do
        {
            if (_table.GetOrAdd(message.Topic) is not { } topic)
                return PublishReply.Fail(ErrorCode.TooManyTopics, TopicTable.TooManyNames);
            reply = Append(topic, message, opId, out readers);
        }
        while (reply is null);

        foreach (var reader in readers)
            reader.Deliver(publisher);
        _table.Relieve();
        return reply;
    }

    /// <returns>Null when the topic has just been forgotten and must be looked up again.</returns>
    private PublishReply? Append(TopicState topic, TopicMessage message, string? opId, out ITopicReader[] readers)
    {
        readers = [];
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
            readers = _table.ReadersOf(topic);
            var receivers = 0;
            foreach (var reader in readers)
            {
                reader.Offer(log, record);
                receivers += reader.Subscriptions;
            }

            var reply = new PublishReply
            {
                Epoch = log.Epoch,
                Offset = record.Offset,
                Receivers = receivers,
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
