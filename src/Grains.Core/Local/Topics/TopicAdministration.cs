using System.Collections.Immutable;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>Operations on topics as a whole, and reading a log by position.</summary>
internal sealed class TopicAdministration(TopicOptions options, TopicTable table)
{
    /// <summary>Topics that one answer lists, unless fewer are asked for.</summary>
    public const int ListMax = 1_000;

    private const int ReadMessagesMax = 10_000;
    private const int ReadBytesMax = 8 * 1024 * 1024;

    public TopicReply Execute(TopicCommand command)
    {
        if (command.Operation == "list")
            return List(command);
        if (TopicNames.FaultOf(command.Topic, options) is { } fault)
            return TopicReply.Fail(ErrorCode.InvalidName, fault);
        return command.Operation switch
        {
            "create" => Write(command, Create),
            "trim" => Write(command, Trim),
            "delete" => Write(command, Delete),
            "describe" => Describe(command),
            _ => TopicReply.Fail(ErrorCode.UnsupportedOperation, $"Unsupported operation: {command.Operation}"),
        };
    }

    public ReadReply Read(ReadCommand command)
    {
        if (command.MessagesMax < 1 || command.BytesMax < 1)
            return ReadReply.Fail(ErrorCode.InvalidArgument, "At least one message and one byte must be asked for.");
        if (!table.TryGet(command.Topic, out var topic))
            return NoTopic();
        lock (topic.Turn)
        {
            if (topic.Log is not { } log)
                return NoTopic();
            log.Expire(table.Clock.Next());
            var offset = command.Offset < 0 ? Math.Max(log.FirstOffset, log.NextOffset + command.Offset) : command.Offset;
            var reply = new ReadReply { Epoch = log.Epoch, FirstOffset = log.FirstOffset, NextOffset = offset, EndOffset = log.NextOffset };
            if (command.Epoch != 0 && command.Epoch != log.Epoch)
                return reply with { Error = ErrorCode.PositionLost, Message = $"The topic's epoch is {log.Epoch}." };
            if (offset < log.FirstOffset || offset > log.NextOffset)
                return reply with { Error = ErrorCode.PositionLost, Message = $"The topic keeps offsets {log.FirstOffset} to {log.NextOffset - 1}." };
            var records = Records(log, offset, Math.Min(command.MessagesMax, ReadMessagesMax), Math.Min(command.BytesMax, ReadBytesMax));
            return reply with { Records = records, NextOffset = offset + records.Length };
        }

        static ReadReply NoTopic() => ReadReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
    }

    private static ImmutableArray<TopicRecord> Records(TopicLog log, long offset, int messagesMax, int bytesMax)
    {
        var records = ImmutableArray.CreateBuilder<TopicRecord>();
        long bytes = 0;
        for (; offset < log.NextOffset && records.Count < messagesMax; offset++)
        {
            bytes += log[offset].CostBytes;
            if (bytes > bytesMax && records.Count > 0)
                break;
            records.Add(log[offset]);
        }

        return records.DrainToImmutable();
    }

    private TopicReply List(TopicCommand command)
    {
        if (command.Limit is < 1)
            return TopicReply.Fail(ErrorCode.InvalidArgument, "The limit is at least 1.");
        var limit = Math.Min(command.Limit ?? ListMax, ListMax);
        var matcher = new TopicMatcher(new TopicPattern(command.Pattern));
        var found = new List<TopicDescription>();
        string? cursor = null;
        foreach (var topic in table.All
            .Where(topic => matcher.Matches(topic.Name) && (command.Cursor is null || string.CompareOrdinal(topic.Name, command.Cursor) > 0))
            .OrderBy(topic => topic.Name, StringComparer.Ordinal))
        {
            if (found.Count == limit)
            {
                cursor = found[^1].Name;
                break;
            }

            lock (topic.Turn)
            {
                if (topic.Log is { } log)
                    found.Add(DescriptionOf(topic, log));
            }
        }

        return new TopicReply { Topics = [.. found], Cursor = cursor };
    }

    private TopicReply Describe(TopicCommand command)
    {
        if (table.TryGet(command.Topic, out var topic))
        {
            lock (topic.Turn)
            {
                if (topic.Log is { } log)
                    return new TopicReply { Topics = [DescriptionOf(topic, log)] };
            }
        }

        return TopicReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
    }

    /// <summary>One write in the topic's turn, once for each op_id; readers that it concerns are told afterwards.</summary>
    private TopicReply Write(TopicCommand command, Func<TopicState, TopicCommand, TopicReply> operation)
    {
        while (true)
        {
            // Only a create makes a name known: what is not there is not remembered for having been asked for.
            if ((command.Operation == "create" ? table.GetOrAdd(command.Topic) : table.Find(command.Topic)) is not { } topic)
            {
                return command.Operation == "create"
                    ? TopicReply.Fail(ErrorCode.TooManyTopics, TopicTable.TooManyNames)
                    : TopicReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
            }

            TopicReply reply;
            ITopicReader[] readers;
            lock (topic.Turn)
            {
                if (topic.Removed)
                    continue;
                if (OpIdRule.Recall<TopicReply>(topic, command.OpId, table.Clock.Next(), options, out var remembered) is { } refusal)
                    return TopicReply.Fail(refusal.Code, refusal.Message);
                if (remembered is not null)
                    return remembered;
                reply = operation(topic, command);
                table.Account(topic);
                if (reply.Error == ErrorCode.None)
                    OpIdRule.Remember(topic, command.OpId, reply, table.Clock.Next(), options);
                readers = table.ReadersOf(topic);
                if (topic.Log is { } log)
                {
                    foreach (var reader in readers)
                        reader.LogChanged(log);
                }
            }

            foreach (var reader in readers)
                reader.Deliver(default);
            return reply;
        }
    }

    private TopicReply Create(TopicState topic, TopicCommand command)
    {
        var retention = command.Retention ?? options.DefaultRetention;
        if (TopicLog.Check(retention) is { } wrong)
            return TopicReply.Fail(ErrorCode.InvalidArgument, $"retention: {wrong}.");
        if (topic.Log is not null && !command.Update)
            return TopicReply.Fail(ErrorCode.TopicExists, "The topic exists.");
        if (table.LogOf(topic, retention) is not { } log)
            return TopicReply.Fail(ErrorCode.TooManyTopics, $"There are {options.TopicsMax} topics.");
        log.Retention = retention;
        log.Expire(table.Clock.Next());
        topic.Declared = true;
        return new TopicReply { Topics = [DescriptionOf(topic, log)] };
    }

    private static TopicReply Trim(TopicState topic, TopicCommand command)
    {
        if (topic.Log is not { } log)
            return TopicReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
        return command.Before is { } before
            ? new TopicReply { AffectedCount = log.Trim(before) }
            : TopicReply.Fail(ErrorCode.InvalidArgument, "Trim needs the first offset to keep.");
    }

    private TopicReply Delete(TopicState topic, TopicCommand command)
    {
        if (topic.Log is not { } log)
            return TopicReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
        var count = log.Count;
        table.End(topic);
        return new TopicReply { AffectedCount = count };
    }

    private TopicDescription DescriptionOf(TopicState topic, TopicLog log)
    {
        log.Expire(table.Clock.Next());
        return new TopicDescription(topic.Name)
        {
            Epoch = log.Epoch,
            FirstOffset = log.FirstOffset,
            NextOffset = log.NextOffset,
            Bytes = log.Bytes,
            Subscriptions = SubscriptionsOf(table.ReadersOf(topic)),
            Retention = log.Retention,
            Declared = topic.Declared,
            EndedEpochs = [.. topic.EndedEpochs.Select(ended => new TopicPosition(ended.Epoch, ended.EndOffset))],
        };
    }

    private static int SubscriptionsOf(ITopicReader[] readers)
    {
        var count = 0;
        foreach (var reader in readers)
            count += reader.Subscriptions;
        return count;
    }
}
