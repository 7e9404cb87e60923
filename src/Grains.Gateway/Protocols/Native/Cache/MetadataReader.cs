using System.Collections.Immutable;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The member <c>metadata</c> of a put, and the tags of its key.</summary>
internal static class MetadataReader
{
    public static (EntryMetadata? Metadata, TimeSpan? Ttl) Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> key, ref FieldFault fault)
    {
        var tags = CacheKeyReader.ReadTags(key, ref fault);
        json = JsonField.Object(json, "metadata", ref fault);
        if (json.IsEmpty)
            return (tags.IsEmpty ? null : new EntryMetadata { Tags = tags }, null);
        ReadOnlySpan<byte> ttl = default, dependencies = default, cost = default, createdBy = default, quality = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("ttl_seconds"u8))
                ttl = members.Value;
            else if (members.Is("dependencies"u8))
                dependencies = members.Value;
            else if (members.Is("computation_cost_ms"u8))
                cost = members.Value;
            else if (members.Is("created_by"u8))
                createdBy = members.Value;
            else if (members.Is("quality_score"u8))
                quality = members.Value;
        }

        var metadata = new EntryMetadata
        {
            Tags = tags,
            Dependencies = Dependencies(dependencies, ref fault),
            ComputationCostMs = JsonField.Number(cost, "metadata.computation_cost_ms", ref fault) ?? 0,
            CreatedBy = JsonField.Text(createdBy, "metadata.created_by", ref fault) ?? "",
            QualityScore = JsonField.Number(quality, "metadata.quality_score", ref fault) ?? 1.0,
        };
        return (metadata, JsonField.Seconds(ttl, "metadata.ttl_seconds", ref fault));
    }

    /// <summary>Keys as objects (the message class) or as <c>ns:id:version</c> strings (the guide).</summary>
    private static ImmutableArray<string> Dependencies(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Array(json, "metadata.dependencies", ref fault);
        if (json.IsEmpty)
            return [];
        var keys = ImmutableArray.CreateBuilder<string>();
        var items = new JsonItems(json);
        while (items.Next())
        {
            if (JsonText.IsString(items.Value))
                keys.Add(JsonText.Decode(items.Value));
            else if (KeyText(items.Value, ref fault) is { } key)
                keys.Add(key);
        }

        return keys.DrainToImmutable();
    }

    private static string? KeyText(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (!JsonText.IsObject(json))
        {
            fault.Set("Field 'metadata.dependencies' must be an array of keys.");
            return null;
        }

        ReadOnlySpan<byte> @namespace = default, identifier = default, version = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("namespace"u8))
                @namespace = members.Value;
            else if (members.Is("identifier"u8))
                identifier = members.Value;
            else if (members.Is("version"u8))
                version = members.Value;
        }

        return JsonField.RequiredText(@namespace, "metadata.dependencies[].namespace", ref fault)
            + ":" + JsonField.RequiredText(identifier, "metadata.dependencies[].identifier", ref fault)
            + ":" + (JsonField.Text(version, "metadata.dependencies[].version", ref fault) ?? CacheKey.DefaultVersion);
    }
}
