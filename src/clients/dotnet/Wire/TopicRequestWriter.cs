using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>Writes requests on topics; each method is headed by the message it writes.</summary>
internal static class TopicRequestWriter
{
    /// <summary><code>{"role":"pubsub-publish","u":…,["op_id":…,]"message":{"topic":…,"payload":…,
    /// ["timestamp":t]["message_id":…]["publisher":…]["headers":{…}]}}</code></summary>
    public static byte[] Publish(long u, TopicMessage message, string? opId)
    {
        var writer = MessageWriter.Begin("pubsub-publish"u8, u);
        writer.WriteText("op_id"u8, opId);
        writer.WriteStartObject("message"u8);
        writer.WriteString("topic"u8, message.Topic);
        writer.WriteMember("payload"u8, message.Payload, "payload_kind"u8);
        if (message.Timestamp is { } timestamp)
            writer.WriteNumber("timestamp"u8, timestamp);
        writer.WriteText("message_id"u8, message.MessageId);
        writer.WriteText("publisher"u8, message.Publisher);
        if (!message.Headers.IsNone)
        {
            writer.WritePropertyName("headers"u8);
            writer.WriteValue(message.Headers);
        }

        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"pubsub-subscribe","u":…,"subscription":{"subscription_id":…,"patterns":[…],"subscriber":…,
    /// "start":…,…}}</code></summary>
    public static byte[] Subscribe(long u, SubscribeCommand command)
    {
        var writer = MessageWriter.Begin("pubsub-subscribe"u8, u);
        writer.WriteStartObject("subscription"u8);
        writer.WriteString("subscription_id"u8, command.SubscriptionId);
        writer.WriteStartArray("patterns"u8);
        foreach (var pattern in command.Patterns)
            WritePattern(writer, pattern);
        writer.WriteEndArray();
        writer.WriteString("subscriber"u8, command.Subscriber);
        WriteStart(writer, command);
        if (command.BacklogCount is { } count)
            writer.WriteNumber("backlog_count"u8, count);
        if (command.Rule is { } rule)
            writer.WriteString("slow_reader"u8, NameOf(rule));
        if (command.QueueMessagesMax is { } messages)
            writer.WriteNumber("queue_messages_max"u8, messages);
        if (command.Presence)
            writer.WriteBoolean("presence"u8, true);
        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"pubsub-unsubscribe","u":…,"subscription_id":…}</code></summary>
    public static byte[] Unsubscribe(long u, string subscriptionId)
    {
        var writer = MessageWriter.Begin("pubsub-unsubscribe"u8, u);
        writer.WriteString("subscription_id"u8, subscriptionId);
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"topic-create|describe|list|trim|delete|presence","u":…,"topic":…,…}</code></summary>
    public static byte[] Operation(long u, TopicCommand command, string? opId)
    {
        var writer = MessageWriter.Begin(RoleOf(command.Operation), u);
        if (command.Operation == "list")
        {
            writer.WriteString("pattern"u8, command.Pattern);
            writer.WriteText("cursor"u8, command.Cursor);
            if (command.Limit is { } limit)
                writer.WriteNumber("limit"u8, limit);
            return MessageWriter.End(writer);
        }

        writer.WriteString("topic"u8, command.Topic);
        writer.WriteText("op_id"u8, opId);
        if (command.Before is { } before)
            writer.WriteNumber("before"u8, before);
        if (command.Retention is { } retention)
            WriteRetention(writer, retention);
        if (command.Update)
            writer.WriteBoolean("update"u8, true);
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"topic-consume","u":…,"topic":…,"epoch":n,"offset":n,"limit":n,"bytes_max":n}</code></summary>
    public static byte[] Consume(long u, ReadCommand command)
    {
        var writer = MessageWriter.Begin("topic-consume"u8, u);
        writer.WriteString("topic"u8, command.Topic);
        writer.WriteNumber("epoch"u8, command.Epoch);
        writer.WriteNumber("offset"u8, command.Offset);
        writer.WriteNumber("limit"u8, command.MessagesMax);
        writer.WriteNumber("bytes_max"u8, command.BytesMax);
        return MessageWriter.End(writer);
    }

    private static void WritePattern(Utf8JsonWriter writer, TopicPattern pattern)
    {
        writer.WriteStartObject();
        writer.WriteString("pattern"u8, pattern.Text);
        writer.WriteBoolean("exact_match"u8, pattern.Exact);
        if (pattern.FoldCase)
            writer.WriteBoolean("fold_case"u8, true);
        writer.WriteEndObject();
    }

    /// <summary><code>"start":"new" | "last" | {"offset":n} | {"time":t} | {"resume":{topic:[epoch,offset],…},
    /// "time":t[,"from":start]}</code></summary>
    private static void WriteStart(Utf8JsonWriter writer, SubscribeCommand command)
    {
        writer.WritePropertyName("start"u8);
        if (command.AsOfUs == 0 && command.Start != StartKind.Resume)
        {
            WriteFirstStart(writer, command);
            return;
        }

        writer.WriteStartObject();
        writer.WriteStartObject("resume"u8);
        foreach (var (topic, position) in command.Resume)
        {
            writer.WriteStartArray(topic);
            writer.WriteNumberValue(position.Epoch);
            writer.WriteNumberValue(position.Offset);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteTime("time"u8, command.Start == StartKind.Resume ? command.StartAtUs : command.AsOfUs);
        if (command.Start != StartKind.Resume)
        {
            writer.WritePropertyName("from"u8);
            WriteFirstStart(writer, command);
        }

        writer.WriteEndObject();
    }

    /// <summary><code>"new" | "last" | {"offset":n} | {"time":t}</code></summary>
    private static void WriteFirstStart(Utf8JsonWriter writer, SubscribeCommand command)
    {
        if (command.Start is StartKind.New or StartKind.Last)
        {
            writer.WriteStringValue(command.Start == StartKind.New ? "new"u8 : "last"u8);
            return;
        }

        writer.WriteStartObject();
        if (command.Start == StartKind.Offset)
            writer.WriteNumber("offset"u8, command.StartOffset);
        else
            writer.WriteTime("time"u8, command.StartAtUs);
        writer.WriteEndObject();
    }

    private static void WriteRetention(Utf8JsonWriter writer, TopicRetention retention)
    {
        writer.WriteStartObject("retention"u8);
        writer.WriteNumber("messages_max"u8, retention.MessagesMax);
        writer.WriteNumber("bytes_max"u8, retention.BytesMax);
        writer.WriteSeconds("age_seconds_max"u8, retention.AgeMax);
        writer.WriteBoolean("refuse_when_full"u8, retention.RefuseWhenFull);
        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> NameOf(SlowReaderRule rule) => rule switch
    {
        SlowReaderRule.DropOldest => "drop_oldest"u8,
        SlowReaderRule.DropNewest => "drop_newest"u8,
        SlowReaderRule.KeepLatest => "keep_latest"u8,
        SlowReaderRule.Close => "close"u8,
        _ => "lag"u8,
    };

    private static ReadOnlySpan<byte> RoleOf(string operation) => operation switch
    {
        "create" => "topic-create"u8,
        "describe" => "topic-describe"u8,
        "list" => "topic-list"u8,
        "trim" => "topic-trim"u8,
        "delete" => "topic-delete"u8,
        "presence" => "topic-presence"u8,
        _ => throw new ArgumentException($"There is no topic operation {operation}.", nameof(operation)),
    };
}
