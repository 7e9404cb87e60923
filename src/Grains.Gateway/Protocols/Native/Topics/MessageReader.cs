using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;
using Grains.Topics;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>The member <c>message</c> of a publish:
/// <c>{"topic","payload","payload_kind","timestamp","message_id","publisher","headers","reply_to"}</c>.</summary>
internal static class MessageReader
{
    /// <param name="json">The message.</param>
    /// <param name="texts">Interned names.</param>
    /// <param name="nowUs">The server's time, which with a fresh id is filled in where the publisher gives none: here, because later it costs a
    /// copy.</param>
    /// <param name="fault">What is wrong.</param>
    public static TopicMessage Read(ReadOnlySpan<byte> json, TextTable texts, long nowUs, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            fault.Set("Field 'message' is required.");
        var fields = MessageFields.Of(JsonField.Object(json, "message", ref fault));
        if (fields.Payload.IsEmpty)
            fault.Set("Field 'message.payload' is required.");
        var topic = Name(fields.Topic, "message.topic", texts, ref fault);
        if (topic is null)
            fault.Set("Field 'message.topic' is required.");
        return new TopicMessage(topic ?? "", JsonField.Value(fields.Payload, fields.Kind, "message.payload", ref fault))
        {
            MessageId = JsonField.Text(fields.Id, "message.message_id", ref fault) ?? MessageIds.Next(nowUs),
            Publisher = Name(fields.Publisher, "message.publisher", texts, ref fault),
            Timestamp = JsonField.Number(fields.Timestamp, "message.timestamp", ref fault) ?? Clock.ToSeconds(nowUs),
            Headers = Headers(fields.Headers, fields.ReplyTo, ref fault),
        };
    }

    private static string? Name(ReadOnlySpan<byte> json, string name, TextTable texts, ref FieldFault fault)
    {
        if (!JsonText.IsString(json) || json.Contains((byte)'\\'))
            return JsonField.Text(json, name, ref fault);
        return texts.Get(JsonText.Inner(json));
    }

    private static Value Headers(ReadOnlySpan<byte> json, ReadOnlySpan<byte> replyTo, ref FieldFault fault)
    {
        json = JsonField.Object(json, "message.headers", ref fault);
        if (JsonText.IsAbsentOrNull(replyTo))
            return json.IsEmpty ? default : Value.Json(json.ToArray());
        if (!JsonText.IsString(replyTo))
            fault.Set("Field 'message.reply_to' must be a string.");
        return WithReplyTo(json, replyTo);
    }

    /// <summary>Puts the reply topic last, where it wins over one among the headers.</summary>
    private static Value WithReplyTo(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> replyTo)
    {
        var writer = new MessageWriter();
        writer.Byte((byte)'{');
        var members = new JsonMembers(headers);
        while (members.Next())
        {
            if (members.Is("reply_to"u8))
                continue;
            writer.Byte((byte)'"');
            writer.Inner(members.Name);
            writer.Raw("\":"u8);
            writer.Raw(members.Value);
            writer.Byte((byte)',');
        }

        writer.Raw("\"reply_to\":"u8);
        writer.Raw(replyTo);
        writer.Byte((byte)'}');
        var json = writer.Written.ToArray();
        writer.Reset();
        return Value.Json(json);
    }

    /// <summary>Where each member's value lies.</summary>
    private ref struct MessageFields
    {
        public ReadOnlySpan<byte> Topic, Payload, Kind, Timestamp, Id, Publisher, Headers, ReplyTo;

        public static MessageFields Of(ReadOnlySpan<byte> json)
        {
            var fields = default(MessageFields);
            var members = new JsonMembers(json);
            while (members.Next())
            {
                if (members.Is("topic"u8))
                    fields.Topic = members.Value;
                else if (members.Is("payload"u8))
                    fields.Payload = members.Value;
                else if (members.Is("timestamp"u8))
                    fields.Timestamp = members.Value;
                else if (members.Is("message_id"u8))
                    fields.Id = members.Value;
                else if (members.Is("publisher"u8))
                    fields.Publisher = members.Value;
                else if (members.Is("headers"u8))
                    fields.Headers = members.Value;
                else if (members.Is("payload_kind"u8))
                    fields.Kind = members.Value;
                else if (members.Is("reply_to"u8))
                    fields.ReplyTo = members.Value;
            }

            return fields;
        }
    }
}
