using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>
/// <c>{"role":"pubsub-ack","operation_id":U,"success":true,"error":null,"u":"ack_U", what the operation answers}</c>; refused, it has the
/// text in <c>error</c> and the number in <c>code</c>. <c>rpc-ack</c> has the same form.
/// </summary>
internal static class PubSubAck
{
    public static void WritePublished(MessageWriter writer, ReadOnlySpan<byte> id, PublishReply reply)
    {
        Begin(writer, "pubsub-ack"u8, id, success: true, null);
        WritePosition(writer, reply);
        writer.Byte((byte)'}');
    }

    public static void WriteSubscribed(MessageWriter writer, ReadOnlySpan<byte> id, SubscribeReply reply)
    {
        Begin(writer, "pubsub-ack"u8, id, success: true, null);
        writer.Raw(",\"subscribed_at\":"u8);
        writer.Seconds(reply.SubscribedAtUs);
        writer.Raw(",\"replaced\":"u8);
        writer.Bool(reply.Replaced);
        writer.Byte((byte)'}');
    }

    /// <summary>Success or failure and nothing else: an unsubscribe of nothing fails without an error.</summary>
    public static void WritePlain(MessageWriter writer, ReadOnlySpan<byte> role, ReadOnlySpan<byte> id, bool success)
    {
        Begin(writer, role, id, success, null);
        writer.Byte((byte)'}');
    }

    public static void WriteRefused(MessageWriter writer, ReadOnlySpan<byte> role, ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        Begin(writer, role, id, success: false, TooLong.Cut(message) ?? code.ToString());
        writer.Raw(",\"code\":"u8);
        writer.Number((long)code);
        writer.Byte((byte)'}');
    }

    /// <summary><c>,"epoch":…,"offset":…,"receivers":…,"durability":…,"message_id":…,"appended_at":…</c></summary>
    public static void WritePosition(MessageWriter writer, PublishReply reply)
    {
        writer.Raw(",\"epoch\":"u8);
        writer.Number(reply.Epoch);
        writer.Raw(",\"offset\":"u8);
        writer.Number(reply.Offset);
        writer.Raw(",\"receivers\":"u8);
        writer.Number((long)reply.Receivers);
        writer.Raw(reply.Durability switch
        {
            Durability.Commit => ",\"durability\":\"commit\",\"message_id\":"u8,
            Durability.Interval => ",\"durability\":\"interval\",\"message_id\":"u8,
            _ => ",\"durability\":\"memory\",\"message_id\":"u8,
        });
        writer.String(reply.MessageId);
        writer.Raw(",\"appended_at\":"u8);
        writer.Seconds(reply.AppendedAtUs);
    }

    private static void Begin(MessageWriter writer, ReadOnlySpan<byte> role, ReadOnlySpan<byte> id, bool success, string? error)
    {
        writer.Raw("{\"role\":\""u8);
        writer.Raw(role);
        writer.Raw("\",\"operation_id\":\""u8);
        writer.Raw(id);
        writer.Raw("\",\"success\":"u8);
        writer.Bool(success);
        writer.Raw(",\"error\":"u8);
        writer.String(error);
        writer.Raw(",\"u\":\"ack_"u8);
        writer.Raw(id);
        writer.Byte((byte)'"');
    }
}
