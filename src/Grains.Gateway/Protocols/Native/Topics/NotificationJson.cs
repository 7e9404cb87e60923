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
    /// <param name="writer">Gets a notification, or a gap.</param>
    /// <param name="subscription">The inside of the subscription's id as a JSON string.</param>
    /// <param name="delivery">The record or the gap.</param>
    /// <param name="encoded">The records that are encoded.</param>
    public static void Write(MessageWriter writer, ReadOnlySpan<byte> subscription, in Delivery delivery, EncodedRecords encoded)
    {
        if (delivery.Record is null)
        {
            if (delivery.Gap is { } gap)
                WriteGap(writer, subscription, delivery.Topic, gap);
        }
        else if (!delivery.Backlog && encoded.Of(delivery) is { } whole)
        {
            writer.Raw(whole.First);
            writer.Raw(subscription);
            writer.Raw(whole.Second);
            writer.Raw(subscription);
            writer.Raw(whole.Third);
        }
        else
        {
            WriteFirst(writer, delivery);
            writer.Raw(subscription);
            WriteSecond(writer, delivery);
            writer.Raw(subscription);
            WriteThird(writer, delivery);
        }
    }

    /// <summary>What is the same for all subscribers.</summary>
    public static EncodedRecord Encode(Delivery delivery)
    {
        var writer = new MessageWriter();
        var message = WriteFirst(writer, delivery);
        var firstEnd = writer.Length;
        WriteSecond(writer, delivery);
        var secondEnd = writer.Length;
        WriteThird(writer, delivery);
        var encoded = new EncodedRecord(writer.Written.ToArray(), message, firstEnd, secondEnd);
        writer.Reset();
        return encoded;
    }

    /// <returns>Where the message lies in what is written.</returns>
    private static Range WriteFirst(MessageWriter writer, in Delivery delivery)
    {
        writer.Raw("{\"role\":\"pubsub-notification\",\"message\":"u8);
        var start = writer.Length;
        WriteMessage(writer, delivery.Record!);
        var end = writer.Length;
        writer.Raw(",\"subscription_id\":\""u8);
        return start..end;
    }

    private static void WriteSecond(MessageWriter writer, in Delivery delivery)
    {
        writer.Raw(delivery.Backlog ? "\",\"u\":\"backlog_"u8 : "\",\"u\":\"notification_"u8);
        writer.Inner(delivery.Record!.Message.MessageId);
        writer.Byte((byte)'_');
    }

    private static void WriteThird(MessageWriter writer, in Delivery delivery)
    {
        writer.Raw("\",\"epoch\":"u8);
        writer.Number(delivery.Epoch);
        WritePlace(writer, delivery.Record!);
        writer.Byte((byte)'}');
    }

    /// <summary>In place of a notification that is longer than a message may be: the gap of exactly this offset.</summary>
    public static void WriteTooLarge(MessageWriter writer, ReadOnlySpan<byte> subscription, in Delivery delivery)
    {
        var offset = delivery.Record!.Offset;
        var gap = new TopicGap(GapReason.TooLarge, delivery.Epoch, offset, offset + 1, delivery.Epoch, offset + 1);
        WriteGap(writer, subscription, delivery.Topic, gap);
    }

    /// <summary>The object <c>message</c>.</summary>
    public static void WriteMessage(MessageWriter writer, TopicRecord record, EncodedRecords encoded)
    {
        if (encoded.Find(record) is { } whole)
            writer.Raw(whole.Bytes.AsSpan(whole.Message));
        else
            WriteMessage(writer, record);
    }

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
            writer.Seconds(timestamp);
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

    private static void WriteGap(MessageWriter writer, ReadOnlySpan<byte> subscription, string topic, TopicGap gap)
    {
        var known = gap.Reason != GapReason.NewEpoch;
        writer.Raw("{\"role\":\"gap\",\"subscription_id\":\""u8);
        writer.Raw(subscription);
        writer.Raw("\",\"topic\":"u8);
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
        writer.Raw(subscription);
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
