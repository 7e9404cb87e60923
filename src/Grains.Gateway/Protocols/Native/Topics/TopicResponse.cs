using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary><c>{"role":"topic-response","u":U,"success":true,"error":null, what the operation answers}</c></summary>
internal static class TopicResponse
{
    public static void WriteRefused(MessageWriter writer, ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        writer.Raw("{\"role\":\"topic-response\","u8);
        RequestId.Write(writer, id);
        writer.Raw(",\"success\":false,\"error\":"u8);
        NativeError.Write(writer, code, message);
        writer.Byte((byte)'}');
    }

    public static void WriteProduced(MessageWriter writer, ReadOnlySpan<byte> id, PublishReply reply)
    {
        Begin(writer, id);
        PubSubAck.WritePosition(writer, reply);
        writer.Byte((byte)'}');
    }

    public static void WriteConsumed(MessageWriter writer, ReadOnlySpan<byte> id, ReadReply reply, EncodedRecords encoded)
    {
        Begin(writer, id);
        writer.Raw(",\"epoch\":"u8);
        writer.Number(reply.Epoch);
        writer.Raw(",\"messages\":["u8);
        for (var i = 0; i < reply.Records.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            NotificationJson.WriteMessage(writer, reply.Records[i], encoded);
            // In place of the message's closing brace: its place in the log.
            writer.Truncate(writer.Length - 1);
            NotificationJson.WritePlace(writer, reply.Records[i]);
            writer.Byte((byte)'}');
        }

        writer.Raw("],\"first_offset\":"u8);
        writer.Number(reply.FirstOffset);
        writer.Raw(",\"next_offset\":"u8);
        writer.Number(reply.NextOffset);
        writer.Raw(",\"end_offset\":"u8);
        writer.Number(reply.EndOffset);
        writer.Byte((byte)'}');
    }

    public static void Write(MessageWriter writer, ReadOnlySpan<byte> id, string operation, TopicReply reply)
    {
        Begin(writer, id);
        switch (operation)
        {
            case "create" or "describe":
                WriteTopics(writer, reply);
                break;
            case "list":
                WriteTopics(writer, reply);
                writer.Raw(",\"cursor\":"u8);
                writer.String(reply.Cursor);
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

    private static void WriteTopics(MessageWriter writer, TopicReply reply)
    {
        writer.Raw(",\"topics\":["u8);
        for (var i = 0; i < reply.Topics.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            WriteTopic(writer, reply.Topics[i]);
        }

        writer.Byte((byte)']');
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
