using System.Collections.Immutable;

namespace Grains.Client.Wire;

/// <summary>Reads answers on topics; each method is headed by the message it reads.</summary>
internal static class TopicResponseReader
{
    /// <summary><code>{"role":"pubsub-ack","success":b,"error":null|text,["code":n,]"epoch":n,"offset":n,"receivers":n,"durability":…,
    /// "message_id":…,"appended_at":t}</code></summary>
    public static PublishReply Published(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new PublishReply();
        Failure failure = default;
        while (reader.Next())
        {
            if (failure.Take(ref reader))
                continue;
            if (reader.Is("epoch"u8))
                reply = reply with { Epoch = reader.Int64() ?? 0 };
            else if (reader.Is("offset"u8))
                reply = reply with { Offset = reader.Int64() ?? 0 };
            else if (reader.Is("receivers"u8))
                reply = reply with { Receivers = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("durability"u8))
                reply = reply with { Durability = DurabilityOf(reader.Text()) };
            else if (reader.Is("message_id"u8))
                reply = reply with { MessageId = reader.Text() };
            else if (reader.Is("appended_at"u8))
                reply = reply with { AppendedAtUs = reader.TimeUs() };
        }

        return reply with { Error = failure.Code, Message = failure.Message };
    }

    /// <summary><code>{"role":"pubsub-ack","success":b,"error":null|text,["code":n,]"subscribed_at":t,"replaced":b}</code></summary>
    public static SubscribeReply Subscribed(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new SubscribeReply();
        Failure failure = default;
        while (reader.Next())
        {
            if (failure.Take(ref reader))
                continue;
            if (reader.Is("subscribed_at"u8))
                reply = reply with { SubscribedAtUs = reader.TimeUs() };
            else if (reader.Is("replaced"u8))
                reply = reply with { Replaced = reader.IsTrue() };
        }

        return reply with { Error = failure.Code, Message = failure.Message };
    }

    /// <summary><code>{"role":"topic-response","success":b,"error":null|{…},
    /// ["topics":[…]]["subscribers":[…]]["cursor":…]["affected":n]}</code></summary>
    public static TopicReply Operated(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new TopicReply();
        Failure failure = default;
        while (reader.Next())
        {
            if (failure.Take(ref reader))
                continue;
            if (reader.Is("topics"u8))
                reply = reply with { Topics = [.. JsonScalar.Elements(reader.Raw).Select(Description)] };
            else if (reader.Is("subscribers"u8))
                reply = reply with { Subscribers = [.. JsonScalar.Elements(reader.Raw).Select(Subscriber)] };
            else if (reader.Is("cursor"u8))
                reply = reply with { Cursor = reader.Text() };
            else if (reader.Is("affected"u8))
                reply = reply with { AffectedCount = reader.Int64() ?? 0 };
        }

        return reply with { Error = failure.Code, Message = failure.Message };
    }

    /// <summary><code>{"role":"topic-response","success":b,"epoch":n,"messages":[…],"first_offset":n,"next_offset":n,
    /// "end_offset":n}</code></summary>
    public static ReadReply Consumed(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new ReadReply();
        Failure failure = default;
        while (reader.Next())
        {
            if (failure.Take(ref reader))
                continue;
            if (reader.Is("epoch"u8))
                reply = reply with { Epoch = reader.Int64() ?? 0 };
            else if (reader.Is("messages"u8))
                reply = reply with { Records = [.. JsonScalar.Elements(reader.Raw).Select(DeliveryReader.Record)] };
            else if (reader.Is("first_offset"u8))
                reply = reply with { FirstOffset = reader.Int64() ?? 0 };
            else if (reader.Is("next_offset"u8))
                reply = reply with { NextOffset = reader.Int64() ?? 0 };
            else if (reader.Is("end_offset"u8))
                reply = reply with { EndOffset = reader.Int64() ?? 0 };
        }

        return reply with { Error = failure.Code, Message = failure.Message };
    }

    /// <summary><code>{"topic":…,"epoch":n,"first_offset":n,"next_offset":n,"messages":n,"bytes":n,"subscriptions":n,"declared":b,
    /// "retention":{…}}</code></summary>
    private static TopicDescription Description(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var description = new TopicDescription("");
        while (reader.Next())
        {
            if (reader.Is("topic"u8))
                description = description with { Name = reader.Text() ?? "" };
            else if (reader.Is("epoch"u8))
                description = description with { Epoch = reader.Int64() ?? 0 };
            else if (reader.Is("first_offset"u8))
                description = description with { FirstOffset = reader.Int64() ?? 0 };
            else if (reader.Is("next_offset"u8))
                description = description with { NextOffset = reader.Int64() ?? 0 };
            else if (reader.Is("bytes"u8))
                description = description with { Bytes = reader.Int64() ?? 0 };
            else if (reader.Is("subscriptions"u8))
                description = description with { Subscriptions = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("declared"u8))
                description = description with { Declared = reader.IsTrue() };
            else if (reader.Is("retention"u8))
                description = description with { Retention = Retention(reader.Raw) };
        }

        return description;
    }

    private static TopicRetention Retention(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var retention = TopicRetention.Default;
        while (reader.Next())
        {
            if (reader.Is("messages_max"u8))
                retention = retention with { MessagesMax = reader.Int64() ?? 0 };
            else if (reader.Is("bytes_max"u8))
                retention = retention with { BytesMax = reader.Int64() ?? 0 };
            else if (reader.Is("age_seconds_max"u8))
                retention = retention with { AgeMax = TimeSpan.FromSeconds(reader.Number() ?? 0) };
            else if (reader.Is("refuse_when_full"u8))
                retention = retention with { RefuseWhenFull = reader.IsTrue() };
        }

        return retention;
    }

    private static SubscriberInfo Subscriber(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        string connection = "", subscription = "", subscriber = "", pattern = "";
        long at = 0;
        while (reader.Next())
        {
            if (reader.Is("connection_id"u8))
                connection = reader.Text() ?? "";
            else if (reader.Is("subscription_id"u8))
                subscription = reader.Text() ?? "";
            else if (reader.Is("subscriber"u8))
                subscriber = reader.Text() ?? "";
            else if (reader.Is("pattern"u8))
                pattern = reader.Text() ?? "";
            else if (reader.Is("subscribed_at"u8))
                at = reader.TimeUs();
        }

        return new SubscriberInfo(connection, subscription, subscriber, at, pattern);
    }

    private static Durability DurabilityOf(string? name) => name switch
    {
        "commit" => Durability.Commit,
        "interval" => Durability.Interval,
        _ => Durability.Memory,
    };

    /// <summary>The members that say whether a request was refused: the number is in <c>code</c> or in <c>error.code</c>.</summary>
    private struct Failure
    {
        private bool _success;
        private WireError _error;
        private ErrorCode _code;

        public readonly ErrorCode Code => _success ? ErrorCode.None : _code != ErrorCode.None ? _code : _error.Code;

        public readonly string? Message => _error.Message;

        public bool Take(ref JsonObjectReader reader)
        {
            if (reader.Is("success"u8))
                _success = reader.IsTrue();
            else if (reader.Is("error"u8))
                _error = WireError.Read(reader.Raw);
            else if (reader.Is("code"u8))
                _code = (ErrorCode)(reader.Int64() ?? 0);
            else
                return false;
            return true;
        }
    }
}
