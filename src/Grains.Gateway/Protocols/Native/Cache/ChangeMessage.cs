using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The message that a put with <c>notify_on_change</c> publishes.</summary>
internal static class ChangeMessage
{
    private const string Publisher = "cache";

    /// <returns>Why it was not published; null when it was, or when the condition does not hold.</returns>
    public static async ValueTask<string?> PublishAsync(SessionContext context, ChangeNotice notice, CacheKey key, Value put, CacheReply reply)
    {
        if (!notice.Holds(put))
            return null;
        var eventId = Guid.NewGuid().ToString("N");
        var message = new TopicMessage(notice.Topic, notice.Payload.IsNone ? Event(key, reply, eventId, context.Time.NowUs()) : notice.Payload)
        {
            MessageId = "cache-event-" + eventId,
            Publisher = Publisher,
            Headers = Value.Json("""{"event_type":"cache_put"}"""u8.ToArray()),
        };
        if (MessageSize.FaultOf(message, context.Output.MessageBytesMax) is { } fault)
            return fault;
        var published = await context.Engine.Topics.PublishAsync(context.Id, message);
        return published.Error == ErrorCode.None ? null : published.Message ?? published.Error.ToString();
    }

    private static Value Event(CacheKey key, in CacheReply reply, string eventId, long nowUs)
    {
        var writer = new MessageWriter();
        writer.Raw("{\"event_type\":\"cache_put\",\"cache_key\":"u8);
        CacheEntryJson.WriteKey(writer, key, reply.Entry.Metadata?.Tags ?? []);
        writer.Raw(",\"timestamp\":"u8);
        writer.Seconds(nowUs);
        writer.Raw(",\"event_id\":"u8);
        writer.String(eventId);
        writer.Raw(",\"cause\":\"put\",\"old_revision\":"u8);
        writer.Number(reply.OldRevision);
        writer.Raw(",\"new_revision\":"u8);
        writer.Number(reply.Revision);
        writer.Byte((byte)'}');
        var json = writer.Written.ToArray();
        writer.Reset();
        return Value.Json(json);
    }
}
