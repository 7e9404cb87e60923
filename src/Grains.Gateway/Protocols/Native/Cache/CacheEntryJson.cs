using System.Collections.Immutable;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The members <c>cache_level</c> and <c>entry</c> of an answer, and keys as objects.</summary>
internal static class CacheEntryJson
{
    public static void Write(MessageWriter writer, CacheKey key, in CacheReply reply, bool withMetadata, bool withValue)
    {
        var entry = reply.Entry;
        writer.Raw(",\"cache_level\":\"L1\",\"entry\":{\"key\":"u8);
        WriteKey(writer, key, entry.Metadata?.Tags ?? []);
        if (withValue)
        {
            writer.Raw(",\"value\":"u8);
            writer.Value(reply.Value);
            writer.KindBeside("value"u8, reply.Value);
        }

        if (withMetadata)
            WriteMetadata(writer, entry);
        writer.Raw(",\"revision\":"u8);
        writer.Number(reply.Revision);
        writer.Byte((byte)'}');
    }

    /// <summary><c>{"namespace":…,"identifier":…,"version":…,"tags":[…]}</c></summary>
    public static void WriteKey(MessageWriter writer, CacheKey key, ImmutableArray<string> tags)
    {
        if (key.Json is { } json)
            writer.Raw(json);
        else
            WriteParts(writer, key);
        writer.Raw(",\"tags\":"u8);
        WriteTexts(writer, tags);
        writer.Byte((byte)'}');
    }

    public static void WriteTexts(MessageWriter writer, ImmutableArray<string> texts)
    {
        writer.Byte((byte)'[');
        for (var i = 0; i < texts.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            writer.String(texts[i]);
        }

        writer.Byte((byte)']');
    }

    private static void WriteParts(MessageWriter writer, CacheKey key)
    {
        writer.Raw("{\"namespace\":"u8);
        writer.String(key.Namespace);
        writer.Raw(",\"identifier\":"u8);
        writer.String(key.Identifier);
        writer.Raw(",\"version\":"u8);
        writer.String(key.Version);
    }

    private static void WriteMetadata(MessageWriter writer, in EntryInfo entry)
    {
        writer.Raw(",\"creation_time\":"u8);
        writer.Seconds(entry.CreatedAtUs);
        writer.Raw(",\"access_count\":"u8);
        writer.Number(entry.AccessCount);
        writer.Raw(",\"last_access_time\":"u8);
        writer.Seconds(entry.LastAccessAtUs);
        writer.Raw(",\"computation_cost_ms\":"u8);
        writer.Number(entry.Metadata?.ComputationCostMs ?? 0);
        writer.Raw(",\"size_bytes\":"u8);
        writer.Number(entry.SizeBytes);
        writer.Raw(",\"dependencies\":"u8);
        WriteTexts(writer, entry.Metadata?.Dependencies ?? []);
        writer.Raw(",\"ttl_seconds\":"u8);
        if (entry.Ttl is { } ttl)
            writer.Number(ttl.TotalSeconds);
        else
            writer.Raw("null"u8);
    }
}
