using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary><c>{"role":"topic-response","u":U,"success":true,"error":null, what the operation answers}</c></summary>
internal static class TopicResponse
{
    /// <summary>Room for what follows the items of a page.</summary>
    private const int TailBytes = 160;

    public static void WriteRefused(MessageWriter writer, ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        writer.Raw("{\"role\":\"topic-response\","u8);
        RequestId.Write(writer, id);
        writer.Raw(",\"success\":false,\"error\":"u8);
        NativeError.Write(writer, code, TooLong.Cut(message));
        writer.Byte((byte)'}');
    }

    public static void WriteProduced(MessageWriter writer, ReadOnlySpan<byte> id, PublishReply reply)
    {
        Begin(writer, id);
        PubSubAck.WritePosition(writer, reply);
        writer.Byte((byte)'}');
    }

    /// <summary>As many messages as fit: the page ends before the first that does not.</summary>
    /// <returns>False when not even the first fits: nothing has been written.</returns>
    public static bool TryWriteConsumed(MessageWriter writer, ReadOnlySpan<byte> id, ReadReply reply, EncodedRecords encoded, int bytesMax)
    {
        var start = writer.Length;
        var next = reply.NextOffset;
        Begin(writer, id);
        writer.Raw(",\"epoch\":"u8);
        writer.Number(reply.Epoch);
        writer.Raw(",\"messages\":["u8);
        for (var i = 0; i < reply.Records.Length; i++)
        {
            var end = writer.Length;
            if (TryWriteRecord(writer, reply.Records[i], encoded, first: i == 0, start + bytesMax - TailBytes))
                continue;
            if (i == 0)
            {
                writer.Truncate(start);
                return false;
            }

            writer.Truncate(end);
            next = reply.Records[i].Offset;
            break;
        }

        writer.Raw("],\"first_offset\":"u8);
        writer.Number(reply.FirstOffset);
        writer.Raw(",\"next_offset\":"u8);
        writer.Number(next);
        writer.Raw(",\"end_offset\":"u8);
        writer.Number(reply.EndOffset);
        writer.Byte((byte)'}');
        return true;
    }

    public static void Write(MessageWriter writer, ReadOnlySpan<byte> id, string operation, TopicReply reply, int bytesMax)
    {
        var start = writer.Length;
        Begin(writer, id);
        switch (operation)
        {
            case "create" or "describe":
                WriteTopics(writer, reply, int.MaxValue);
                break;
            case "list":
                var written = WriteTopics(writer, reply, start + bytesMax - TailBytes);
                writer.Raw(",\"cursor\":"u8);
                writer.String(written == reply.Topics.Length ? reply.Cursor : reply.Topics[written - 1].Name);
                break;
            case "trim":
                writer.Raw(",\"affected\":"u8);
                writer.Number(reply.AffectedCount);
                break;
            case "presence":
                WriteSubscribers(writer, reply);
                break;
        }

        writer.Byte((byte)'}');
    }

    private static void Begin(MessageWriter writer, ReadOnlySpan<byte> id)
    {
        writer.Raw("{\"role\":\"topic-response\","u8);
        RequestId.Write(writer, id);
        writer.Raw(",\"success\":true,\"error\":null"u8);
    }

    /// <returns>False when it does not fit; what has been written of it is to be taken back.</returns>
    private static bool TryWriteRecord(MessageWriter writer, TopicRecord record, EncodedRecords encoded, bool first, long endMax)
    {
        if (writer.Length + (long)record.Message.Payload.Bytes.Length > endMax)
            return false;
        if (!first)
            writer.Byte((byte)',');
        NotificationJson.WriteMessage(writer, record, encoded);
        // In place of the message's closing brace: its place in the log.
        writer.Truncate(writer.Length - 1);
        NotificationJson.WritePlace(writer, record);
        writer.Byte((byte)'}');
        return writer.Length <= endMax;
    }

    /// <returns>How many were written: at least one, and no more than leave room for the last one's name as the cursor.</returns>
    private static int WriteTopics(MessageWriter writer, TopicReply reply, long endMax)
    {
        writer.Raw(",\"topics\":["u8);
        var i = 0;
        for (; i < reply.Topics.Length; i++)
        {
            var end = writer.Length;
            if (i > 0)
                writer.Byte((byte)',');
            WriteTopic(writer, reply.Topics[i]);
            if (i == 0 || writer.Length + EncodedSize.Of(reply.Topics[i].Name) <= endMax)
                continue;
            writer.Truncate(end);
            break;
        }

        writer.Byte((byte)']');
        return i;
    }

    private static void WriteTopic(MessageWriter writer, TopicDescription topic)
    {
        writer.Raw("{\"topic\":"u8);
        writer.String(topic.Name);
        Number(writer, ",\"epoch\":"u8, topic.Epoch);
        Number(writer, ",\"first_offset\":"u8, topic.FirstOffset);
        Number(writer, ",\"next_offset\":"u8, topic.NextOffset);
        Number(writer, ",\"messages\":"u8, topic.NextOffset - topic.FirstOffset);
        Number(writer, ",\"bytes\":"u8, topic.Bytes);
        Number(writer, ",\"subscriptions\":"u8, topic.Subscriptions);
        writer.Raw(",\"declared\":"u8);
        writer.Bool(topic.Declared);
        Number(writer, ",\"retention\":{\"messages_max\":"u8, topic.Retention.MessagesMax);
        Number(writer, ",\"bytes_max\":"u8, topic.Retention.BytesMax);
        writer.Raw(",\"age_seconds_max\":"u8);
        writer.Number(topic.Retention.AgeMax.TotalSeconds);
        writer.Raw(",\"refuse_when_full\":"u8);
        writer.Bool(topic.Retention.RefuseWhenFull);
        writer.Raw("}}"u8);
    }

    private static void WriteSubscribers(MessageWriter writer, TopicReply reply)
    {
        writer.Raw(",\"subscribers\":["u8);
        for (var i = 0; i < reply.Subscribers.Length; i++)
        {
            var subscriber = reply.Subscribers[i];
            writer.Raw(i > 0 ? ",{\"connection_id\":"u8 : "{\"connection_id\":"u8);
            writer.String(subscriber.ConnectionId);
            writer.Raw(",\"subscription_id\":"u8);
            writer.String(subscriber.SubscriptionId);
            writer.Raw(",\"subscriber\":"u8);
            writer.String(subscriber.Subscriber);
            writer.Raw(",\"subscribed_at\":"u8);
            writer.Seconds(subscriber.SubscribedAtUs);
            writer.Raw(",\"pattern\":"u8);
            writer.String(subscriber.Pattern);
            writer.Byte((byte)'}');
        }

        writer.Byte((byte)']');
    }

    private static void Number(MessageWriter writer, ReadOnlySpan<byte> name, long value)
    {
        writer.Raw(name);
        writer.Number(value);
    }
}
