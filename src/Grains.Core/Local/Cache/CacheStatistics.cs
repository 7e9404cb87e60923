using Grains.Cache;
using Grains.Json;

namespace Grains.Local;

/// <summary>The counts of the cache as JSON. The whole has the shape that the client guide's server documents; of the levels it names only the
/// first exists here.</summary>
internal sealed class CacheStatistics(LocalCache cache, NamespaceIndex namespaces, CacheOptions options)
{
    /// <summary><c>{"namespace","entry_count","memory_bytes","hits","misses","hit_rate","writes",
    /// "deletes","expired","evictions","events_failed","publish_changes"}</c></summary>
    public Value OfNamespace(string name)
    {
        var table = namespaces.TryGet(name);
        var counters = new CacheCounters();
        table?.Counters.AddTo(counters);
        using var json = new Utf8Buffer();
        json.Append("{\"namespace\":"u8);
        JsonText.AppendString(json, name);
        AppendMember(json, "entry_count"u8, counters.Entries);
        AppendMember(json, "memory_bytes"u8, counters.Bytes);
        AppendHits(json, counters);
        AppendMember(json, "writes"u8, counters.Writes.Value);
        AppendMember(json, "deletes"u8, counters.Deletes);
        AppendMember(json, "expired"u8, counters.Expired);
        AppendMember(json, "evictions"u8, counters.Evicted);
        AppendMember(json, "events_failed"u8, counters.EventsFailed);
        json.Append(",\"publish_changes\":"u8);
        json.Append(table?.PublishChanges ?? options.PublishChangesOf.Any(glob => Glob.IsMatch(glob, name)));
        json.Append((byte)'}');
        return Value.Json(json.ToArray());
    }

    /// <summary><c>{"operation_stats":{},"l1_statistics":{},"l2_statistics":{},"replication_statistics":{},"performance_metrics":{}}</c></summary>
    public Value OfAll()
    {
        var sum = namespaces.Sum();
        using var json = new Utf8Buffer();
        json.Append("{\"operation_stats\":{\"reads\":"u8);
        json.Append(sum.Hits.Value + sum.Misses.Value);
        AppendMember(json, "writes"u8, sum.Writes.Value);
        AppendMember(json, "deletes"u8, sum.Deletes);
        AppendMember(json, "expired"u8, sum.Expired);
        AppendMember(json, "evictions"u8, sum.Evicted);
        AppendMember(json, "events_failed"u8, sum.EventsFailed);
        json.Append("},\"l1_statistics\":{\"entry_count\":"u8);
        json.Append(sum.Entries);
        AppendHits(json, sum);
        AppendMember(json, "evictions"u8, sum.Evicted);
        AppendMember(json, "memory_bytes"u8, cache.UsedBytes);
        AppendMember(json, "memory_bytes_max"u8, options.MemoryBytesMax);
        AppendMember(json, "namespaces"u8, namespaces.Count);
        json.Append("},\"l2_statistics\":{\"entry_count\":0,\"enabled\":false},\"replication_statistics\":{},\"performance_metrics\":{}}"u8);
        return Value.Json(json.ToArray());
    }

    private static void AppendHits(Utf8Buffer json, CacheCounters counters)
    {
        var (hits, misses) = (counters.Hits.Value, counters.Misses.Value);
        AppendMember(json, "hits"u8, hits);
        AppendMember(json, "misses"u8, misses);
        json.Append(",\"hit_rate\":"u8);
        json.Append(hits == 0 ? 0 : (double)hits / (hits + misses));
    }

    private static void AppendMember(Utf8Buffer json, ReadOnlySpan<byte> name, long value)
    {
        json.Append(",\""u8);
        json.Append(name);
        json.Append("\":"u8);
        json.Append(value);
    }
}
