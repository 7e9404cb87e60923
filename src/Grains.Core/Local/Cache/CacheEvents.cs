using System.Globalization;
using Grains.Cache;
using Grains.Json;

namespace Grains.Local;

/// <summary>
/// Tells the changes of a namespace on its topic <c>cache.events.NAMESPACE</c>. Called within the key's turn, so that a key's events
/// come in the order of its changes. A topic that refuses an event costs the change nothing: it is counted.
/// </summary>
internal sealed class CacheEvents
{
    private const string TopicPrefix = "cache.events.";

    private static readonly string Node = Guid.NewGuid().ToString("N")[..8];

    private readonly Func<TopicMessage, CacheCounters, Task> _publish;
    private long _last;

    /// <param name="publish">The engine in this process ends the call at once; another one is waited for, since the next event of the key must not
    /// overtake.</param>
    public CacheEvents(Func<TopicMessage, ValueTask<PublishReply>> publish) => _publish = (message, counters) =>
    {
        var publishing = publish(message);
        Count(publishing.IsCompletedSuccessfully ? publishing.Result : publishing.AsTask().GetAwaiter().GetResult(), counters);
        return Task.CompletedTask;
    };

    /// <param name="publish">Publishes on each topic in the order in which it is called and does not fail; it is not waited for.</param>
    public CacheEvents(Func<TopicMessage, Task<PublishReply>> publish) =>
        _publish = (message, counters) => CountAsync(publish(message), counters);

    /// <summary>Where a namespace tells its changes.</summary>
    public static string TopicOf(string @namespace) => TopicPrefix + @namespace;

    /// <returns>Ends when the event has been published or refused; it does not fail.</returns>
    public Task Publish(KeyGrain grain, string cause, EntryMetadata? metadata, long oldRevision, long newRevision, long nowUs)
    {
        var type = cause switch
        {
            "put" => "cache_put",
            "delete" => "cache_delete",
            "expire" => "cache_expire",
            _ => "cache_eviction",
        };
        var eventId = string.Create(CultureInfo.InvariantCulture, $"{Node}-{Interlocked.Increment(ref _last)}");
        var message = new TopicMessage(TopicOf(grain.Table.Name),
            Payload(grain, type, cause, eventId, metadata, oldRevision, newRevision, nowUs))
        {
            MessageId = "cache-event-" + eventId,
            Publisher = "cache-system",
            Timestamp = Clock.ToSeconds(nowUs),
            Headers = Value.Json($$"""{"event_type":"{{type}}"}"""),
        };

        return _publish(message, grain.Table.Counters);
    }

    /// <summary>The word for why an entry went.</summary>
    public static string CauseOf(RemovalCause cause) => cause switch
    {
        RemovalCause.Delete => "delete",
        RemovalCause.Expire => "expire",
        _ => "evict",
    };

    private static async Task CountAsync(Task<PublishReply> publishing, CacheCounters counters) =>
        Count(await publishing.ConfigureAwait(false), counters);

    private static void Count(PublishReply reply, CacheCounters counters)
    {
        if (reply.Error != ErrorCode.None)
            Interlocked.Increment(ref counters.EventsFailed);
    }

    private static Value Payload(
        KeyGrain grain, string type, string cause, string eventId, EntryMetadata? metadata, long oldRevision, long newRevision, long nowUs)
    {
        using var json = new Utf8Buffer();
        json.Append("{\"event_type\":"u8);
        JsonText.AppendString(json, type);
        json.Append(",\"cache_key\":{\"namespace\":"u8);
        JsonText.AppendString(json, grain.Table.Name);
        json.Append(",\"identifier\":"u8);
        JsonText.AppendString(json, grain.Identifier);
        json.Append(",\"version\":"u8);
        JsonText.AppendString(json, grain.Version);
        json.Append(",\"tags\":["u8);
        for (var i = 0; i < (metadata?.Tags.Length ?? 0); i++)
        {
            json.Append(i > 0 ? ","u8 : default);
            JsonText.AppendString(json, metadata!.Tags[i]);
        }

        json.Append("]},\"timestamp\":"u8);
        json.Append(Clock.ToSeconds(nowUs));
        json.Append(",\"event_id\":"u8);
        JsonText.AppendString(json, eventId);
        json.Append(",\"cause\":"u8);
        JsonText.AppendString(json, cause);
        json.Append(",\"old_revision\":"u8);
        json.Append(oldRevision);
        json.Append(",\"new_revision\":"u8);
        json.Append(newRevision);
        json.Append((byte)'}');
        return Value.Json(json.ToArray());
    }
}
