namespace Grains.Client.Wire;

/// <summary>Reads what subscriptions are sent.</summary>
internal static class DeliveryReader
{
    /// <summary><code>{"role":"pubsub-notification","message":{…},"subscription_id":…,"u":"notification_…|backlog_…","epoch":n,"offset":n,
    /// "appended_at":t}</code></summary>
    public static Delivery Notification(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        long epoch = 0, offset = 0, appendedAt = 0;
        var backlog = false;
        ReadOnlyMemory<byte> inner = default;
        while (reader.Next())
        {
            if (reader.Is("message"u8))
                inner = reader.Raw;
            else if (reader.Is("epoch"u8))
                epoch = reader.Int64() ?? 0;
            else if (reader.Is("offset"u8))
                offset = reader.Int64() ?? 0;
            else if (reader.Is("appended_at"u8))
                appendedAt = reader.TimeUs();
            else if (reader.Is("u"u8))
                backlog = reader.Raw.Span.StartsWith("\"backlog_"u8);
        }

        var parts = Parts.Of(inner);
        return new Delivery(parts.Message.Topic, epoch, new TopicRecord(offset, appendedAt, parts.Message), null, backlog);
    }

    /// <summary><code>{"role":"gap","subscription_id":…,"topic":…,"epoch":n,"from":n,"to":n|null,"missed":n|null,"reason":…,"next_epoch":n,
    /// "next_offset":n}</code></summary>
    public static Delivery Gap(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var gap = new TopicGap(GapReason.SlowReader, 0, 0, -1, 0, 0);
        var topic = "";
        while (reader.Next())
        {
            if (reader.Is("topic"u8))
                topic = reader.Text() ?? "";
            else if (reader.Is("epoch"u8))
                gap = gap with { Epoch = reader.Int64() ?? 0 };
            else if (reader.Is("from"u8))
                gap = gap with { From = reader.Int64() ?? 0 };
            else if (reader.Is("to"u8))
                gap = gap with { To = reader.Int64() ?? -1 };
            else if (reader.Is("reason"u8))
                gap = gap with { Reason = ReasonOf(reader.Text()) };
            else if (reader.Is("next_epoch"u8))
                gap = gap with { NextEpoch = reader.Int64() ?? 0 };
            else if (reader.Is("next_offset"u8))
                gap = gap with { NextOffset = reader.Int64() ?? 0 };
        }

        return new Delivery(topic, gap.Epoch, null, gap);
    }

    /// <summary><code>{"role":"pubsub-ended","subscription_id":…,"code":n,"error":…}</code></summary>
    public static GrainsException Ended(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var code = ErrorCode.Internal;
        string? text = null;
        while (reader.Next())
        {
            if (reader.Is("code"u8))
                code = (ErrorCode)(reader.Int64() ?? (long)ErrorCode.Internal);
            else if (reader.Is("error"u8))
                text = reader.Text();
        }

        return new GrainsException(code, text ?? "The server ended the subscription.");
    }

    /// <summary>A message of <c>topic-consume</c>: as in a notification, with <c>offset</c> and <c>appended_at</c> in it.</summary>
    public static TopicRecord Record(ReadOnlyMemory<byte> raw)
    {
        var parts = Parts.Of(raw);
        return new TopicRecord(parts.Offset, parts.AppendedAtUs, parts.Message);
    }

    private static GapReason ReasonOf(string? name) => name switch
    {
        "retention" => GapReason.Retention,
        "new_epoch" => GapReason.NewEpoch,
        "too_large" => GapReason.TooLarge,
        _ => GapReason.SlowReader,
    };

    private readonly record struct Parts(TopicMessage Message, long Offset, long AppendedAtUs)
    {
        /// <summary><code>{"topic":…,"payload":…,"timestamp":t,"message_id":…,"publisher":…,"headers":{…},
        /// ["payload_kind":…]["offset":n]["appended_at":t]}</code></summary>
        public static Parts Of(ReadOnlyMemory<byte> raw)
        {
            var reader = new JsonObjectReader(raw);
            string? topic = null, id = null, publisher = null, kind = null;
            double? timestamp = null;
            long offset = 0, appendedAt = 0;
            ReadOnlyMemory<byte> payload = default;
            var headers = Value.None;
            while (reader.Next())
            {
                if (reader.Is("topic"u8))
                    topic = reader.Text();
                else if (reader.Is("payload"u8))
                    payload = reader.Raw;
                else if (reader.Is("payload_kind"u8))
                    kind = reader.Text();
                else if (reader.Is("timestamp"u8))
                    timestamp = reader.Number();
                else if (reader.Is("message_id"u8))
                    id = reader.Text();
                else if (reader.Is("publisher"u8))
                    publisher = reader.Text();
                else if (reader.Is("headers"u8))
                    headers = reader.IsNull || reader.Raw.Span.SequenceEqual("{}"u8) ? Value.None : Value.Json(reader.Raw);
                else if (reader.Is("offset"u8))
                    offset = reader.Int64() ?? 0;
                else if (reader.Is("appended_at"u8))
                    appendedAt = reader.TimeUs();
            }

            var message = new TopicMessage(topic ?? "", JsonScalar.ValueOf(payload, kind))
            {
                MessageId = id,
                Publisher = publisher,
                Timestamp = timestamp,
                Headers = headers,
            };
            return new Parts(message, offset, appendedAt);
        }
    }
}
