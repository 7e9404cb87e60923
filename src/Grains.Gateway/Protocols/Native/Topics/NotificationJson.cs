using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>
/// What a subscription is sent. Of a notification the message's part is the same for all subscribers and encoded once
/// (<see cref="EncodedRecords"/>); only the ids and the place are each subscriber's own.
/// <code>
/// {"role":"pubsub-notification","message":M,"subscription_id":S,"u":"notification_MID_S","epoch":E,"offset":O,"appended_at":T}
/// {"role":"gap","subscription_id":S,"topic":…,"epoch":…,"from":…,"to":…,"missed":…,
///     "reason":…,"next_epoch":…,"next_offset":…,"u":"gap_S_FROM"}
/// {"role":"pubsub-ended","subscription_id":S,"code":…,"error":…}
/// </code>
/// </summary>
internal static class NotificationJson
{
    private static readonly Action<MessageWriter, TopicRecord> Encode = WriteMessage;

    public static void Write(MessageWriter writer, string subscriptionId, in Delivery delivery, EncodedRecords encoded)
    {
        if (delivery.Record is not { } record)
        {
            if (delivery.Gap is { } gap)
                WriteGap(writer, subscriptionId, delivery.Topic, gap);
            return;
        }

        writer.Raw("{\"role\":\"pubsub-notification\",\"message\":"u8);
        WriteMessage(writer, record, encoded);
        writer.Raw(",\"subscription_id\":"u8);
        writer.String(subscriptionId);
        writer.Raw(delivery.Backlog ? ",\"u\":\"backlog_"u8 : ",\"u\":\"notification_"u8);
        writer.Inner(record.Message.MessageId);
        writer.Byte((byte)'_');
        writer.Inner(subscriptionId);
        writer.Raw("\",\"epoch\":"u8);
        writer.Number(delivery.Epoch);
        WritePlace(writer, record);
        writer.Byte((byte)'}');
    }

    /// <summary>In place of a notification that is longer than a message may be: the gap of exactly this offset.</summary>
    public static void WriteTooLarge(MessageWriter writer, string subscriptionId, in Delivery delivery)
    {
        var offset = delivery.Record!.Offset;
        var gap = new TopicGap(GapReason.TooLarge, delivery.Epoch, offset, offset + 1, delivery.Epoch, offset + 1);
        WriteGap(writer, subscriptionId, delivery.Topic, gap);
    }

    /// <summary>The object <c>message</c>.</summary>
    public static void WriteMessage(MessageWriter writer, TopicRecord record, EncodedRecords encoded) => encoded.Write(writer, record, Encode);

    /// <summary><c>,"offset":…,"appended_at":…</c></summary>
    public static void WritePlace(MessageWriter writer, TopicRecord record)
    {
        writer.Raw(",\"offset\":"u8);
        writer.Number(record.Offset);
        writer.Raw(",\"appended_at\":"u8);
        writer.Seconds(record.AppendedAtUs);
    }

    public static void WriteEnded(MessageWriter writer, string subscriptionId, ErrorCode code, string message)
    {
        writer.Raw("{\"role\":\"pubsub-ended\",\"subscription_id\":"u8);
        writer.String(subscriptionId);
        writer.Raw(",\"code\":"u8);
        writer.Number((long)code);
        writer.Raw(",\"error\":"u8);
        writer.String(message);
        writer.Byte((byte)'}');
    }

    private static void WriteMessage(MessageWriter writer, TopicRecord record)
    {
        var message = record.Message;
        writer.Raw("{\"topic\":"u8);
        writer.String(message.Topic);
        writer.Raw(",\"payload\":"u8);
        writer.Value(message.Payload);
        writer.KindBeside("payload"u8, message.Payload);
        writer.Raw(",\"timestamp\":"u8);
        if (message.Timestamp is { } timestamp)
            writer.Number(timestamp);
        else
            writer.Seconds(record.AppendedAtUs);
        writer.Raw(",\"message_id\":"u8);
        writer.String(message.MessageId);
        writer.Raw(",\"publisher\":"u8);
        writer.String(message.Publisher ?? "");
        writer.Raw(",\"headers\":"u8);
        if (message.Headers.Kind == ValueKind.Json)
            writer.Raw(message.Headers.Bytes.Span);
        else
            writer.Raw("{}"u8);
        writer.Raw(",\"routing_path\":null,\"current_hop\":null}"u8);
    }

    private static void WriteGap(MessageWriter writer, string subscriptionId, string topic, TopicGap gap)
    {
        var known = gap.Reason != GapReason.NewEpoch;
        writer.Raw("{\"role\":\"gap\",\"subscription_id\":"u8);
        writer.String(subscriptionId);
        writer.Raw(",\"topic\":"u8);
        writer.String(topic);
        writer.Raw(",\"epoch\":"u8);
        writer.Number(gap.Epoch);
        writer.Raw(",\"from\":"u8);
        writer.Number(gap.From);
        writer.Raw(",\"to\":"u8);
        NumberOrNull(writer, known, gap.To);
        writer.Raw(",\"missed\":"u8);
        NumberOrNull(writer, known, gap.To - gap.From);
        writer.Raw(gap.Reason switch
        {
            GapReason.SlowReader => ",\"reason\":\"slow_reader\",\"next_epoch\":"u8,
            GapReason.Retention => ",\"reason\":\"retention\",\"next_epoch\":"u8,
            GapReason.TooLarge => ",\"reason\":\"too_large\",\"next_epoch\":"u8,
            _ => ",\"reason\":\"new_epoch\",\"next_epoch\":"u8,
        });
        writer.Number(gap.NextEpoch);
        writer.Raw(",\"next_offset\":"u8);
        writer.Number(gap.NextOffset);
        writer.Raw(",\"u\":\"gap_"u8);
        writer.Inner(subscriptionId);
        writer.Byte((byte)'_');
        writer.Number(gap.From);
        writer.Raw("\"}"u8);
    }

    private static void NumberOrNull(MessageWriter writer, bool known, long value)
    {
        if (known)
            writer.Number(value);
        else
            writer.Raw("null"u8);
    }
}
