using System.Collections.Immutable;
using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Reads a piece that <see cref="BackupWriter"/> wrote. The piece comes from a client: anything may be wrong with it.</summary>
public static class BackupReader
{
    /// <param name="piece">The piece.</param>
    /// <param name="nowUs">What is left of a time to live starts here.</param>
    /// <param name="namespace">The namespace that was backed up.</param>
    /// <param name="entries">Its entries, when all of them could be read.</param>
    /// <returns>What is wrong with the piece; null when nothing is.</returns>
    public static string? Read(Value piece, long nowUs, out string @namespace, out List<BackupEntry> entries)
    {
        @namespace = "";
        entries = [];
        var items = new List<Value>();
        if (!TryObject(piece, out var members)
            || !members.TryGetValue("format", out var format) || !IsText(format, BackupWriter.Format)
            || !members.TryGetValue("entries", out var array) || !JsonValue.TryReadArray(array, items))
            return "The data is no piece of a backup";
        if (!members.TryGetValue("version", out var version) || !JsonArithmetic.TryGetInt64(version, out var number)
            || number != BackupWriter.Version)
            return $"The backup is not of version {BackupWriter.Version}";
        @namespace = TextOf(members.GetValueOrDefault("namespace")) ?? "";
        for (var i = 0; i < items.Count; i++)
        {
            if (ReadEntry(items[i], nowUs) is not { } entry)
                return $"Entry {i} of the backup cannot be read";
            entries.Add(entry);
        }

        return null;
    }

    private static BackupEntry? ReadEntry(Value item, long nowUs)
    {
        if (!TryObject(item, out var members) || TextOf(members.GetValueOrDefault("id")) is not { } identifier)
            return null;
        var version = TextOf(members.GetValueOrDefault("version")) ?? CacheKey.DefaultVersion;
        if (!TryReadPart(members, out var part))
            return null;
        if (part is not null && members.ContainsKey("gone"))
            return new BackupEntry(identifier, version, null, part);
        var contents = members.ContainsKey("structure") ? ReadStructure(members) : ReadValue(members);
        if (contents is null || !TryReadExpiry(members, nowUs, out var expiry) || !TryReadMetadata(members, out var metadata))
            return null;
        return part is not null && contents.Structure is null
            ? null
            : new BackupEntry(identifier, version, contents with { Expiry = expiry, Metadata = metadata }, part);
    }

    private static bool TryReadPart(Dictionary<string, Value> members, out BackupPart? part)
    {
        part = null;
        if (!members.TryGetValue("part", out var json))
            return true;
        var from = 0L;
        if (!TryObject(json, out var parts) || TextOf(parts.GetValueOrDefault("of")) is not { Length: > 0 } of
            || (parts.TryGetValue("from", out var number) && (!JsonArithmetic.TryGetInt64(number, out from) || from is < 0 or > int.MaxValue)))
            return false;
        part = new BackupPart(of, (int)from, parts.TryGetValue("more", out var more) && more == Value.Json(true));
        return true;
    }

    private static EntrySnapshot? ReadValue(Dictionary<string, Value> members)
    {
        var kind = TextOf(members.GetValueOrDefault("kind")) switch { "json" or null => 'j', "text" => 't', "bytes" => 'b', _ => '?' };
        return members.TryGetValue("value", out var json) && TryDecode(json, kind, out var value) ? new EntrySnapshot { Value = value } : null;
    }

    private static EntrySnapshot? ReadStructure(Dictionary<string, Value> members)
    {
        var kinds = TextOf(members.GetValueOrDefault("kinds"));
        switch (TextOf(members["structure"]))
        {
            case "set":
                return ReadMembers(members, kinds) is { } set ? new EntrySnapshot { Structure = StructureKind.Set, Members = [.. set] } : null;
            case "list":
                return ReadMembers(members, kinds) is { } list ? new EntrySnapshot { Structure = StructureKind.Sequence, Members = [.. list] } : null;
            case "map":
                return ReadFields(members, kinds) is { } fields ? new EntrySnapshot { Structure = StructureKind.Map, Fields = [.. fields] } : null;
            case "sorted_set":
                return ReadScores(members, kinds) is { } scores
                    ? new EntrySnapshot { Structure = StructureKind.SortedSet, Scores = [.. scores] }
                    : null;
            default:
                return null;
        }
    }

    private static List<Value>? ReadMembers(Dictionary<string, Value> members, string? kinds)
    {
        var items = new List<Value>();
        if (!members.TryGetValue("members", out var array) || !JsonValue.TryReadArray(array, items)
            || kinds is not null && kinds.Length != items.Count)
            return null;
        for (var i = 0; i < items.Count; i++)
        {
            if (!TryDecode(items[i], kinds?[i] ?? 'j', out var value))
                return null;
            items[i] = value;
        }

        return items;
    }

    private static List<FieldUpdate>? ReadFields(Dictionary<string, Value> members, string? kinds)
    {
        var items = new List<KeyValuePair<string, Value>>();
        if (!members.TryGetValue("fields", out var map) || !JsonValue.TryReadObject(map, items) || kinds is not null && kinds.Length != items.Count)
            return null;
        var fields = new List<FieldUpdate>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (!TryDecode(items[i].Value, kinds?[i] ?? 'j', out var value))
                return null;
            fields.Add(new FieldUpdate(items[i].Key, value));
        }

        return fields;
    }

    private static List<ScoredValue>? ReadScores(Dictionary<string, Value> members, string? kinds)
    {
        var items = new List<Value>();
        if (!members.TryGetValue("scores", out var array) || !JsonValue.TryReadArray(array, items)
            || kinds is not null && kinds.Length != items.Count)
            return null;
        var scores = new List<ScoredValue>(items.Count);
        var pair = new List<Value>(2);
        for (var i = 0; i < items.Count; i++)
        {
            pair.Clear();
            if (!JsonValue.TryReadArray(items[i], pair) || pair.Count != 2 || !JsonArithmetic.TryGetDouble(pair[0], out var score)
                || !TryDecode(pair[1], kinds?[i] ?? 'j', out var member))
                return null;
            scores.Add(new ScoredValue(member, score));
        }

        return scores;
    }

    private static bool TryReadExpiry(Dictionary<string, Value> members, long nowUs, out Expiry expiry)
    {
        expiry = Expiry.Never;
        if (!members.TryGetValue("ttl", out var left))
            return true;
        var full = members.GetValueOrDefault("ttl_full", left);
        if (!JsonArithmetic.TryGetDouble(left, out var leftSeconds) || !JsonArithmetic.TryGetDouble(full, out var fullSeconds)
            || leftSeconds is < 0 or > 1e11 || fullSeconds is < 0 or > 1e11)
            return false;
        var sliding = members.TryGetValue("sliding", out var flag) && flag == Value.Json(true);
        expiry = new Expiry(nowUs + Clock.FromSeconds(leftSeconds), Clock.FromSeconds(fullSeconds), sliding);
        return true;
    }

    private static bool TryReadMetadata(Dictionary<string, Value> members, out EntryMetadata? metadata)
    {
        metadata = null;
        if (!members.TryGetValue("metadata", out var json))
            return true;
        if (!TryObject(json, out var parts) || !TryStrings(parts, "tags", out var tags) || !TryStrings(parts, "dependencies", out var dependencies))
            return false;
        metadata = new EntryMetadata
        {
            Tags = tags,
            Dependencies = dependencies,
            ComputationCostMs = JsonArithmetic.TryGetDouble(parts.GetValueOrDefault("computation_cost_ms"), out var cost) ? cost : 0,
            CreatedBy = TextOf(parts.GetValueOrDefault("created_by")) ?? "",
            QualityScore = JsonArithmetic.TryGetDouble(parts.GetValueOrDefault("quality_score"), out var quality) ? quality : 1,
        };
        return true;
    }

    private static bool TryStrings(Dictionary<string, Value> members, string name, out ImmutableArray<string> strings)
    {
        strings = [];
        if (!members.TryGetValue(name, out var array))
            return true;
        var items = new List<Value>();
        if (!JsonValue.TryReadArray(array, items) || !items.TrueForAll(JsonValue.IsString))
            return false;
        strings = [.. items.Select(item => TextOf(item)!)];
        return true;
    }

    private static bool TryDecode(Value json, char kind, out Value value)
    {
        value = json;
        if (kind == 'j')
            return true;
        if (kind is not ('t' or 'b') || TextOf(json) is not { } text)
            return false;
        if (kind == 't')
        {
            value = new Value(ValueKind.Text, Encoding.UTF8.GetBytes(text));
            return true;
        }

        var bytes = new byte[(text.Length * 3 / 4) + 3];
        var valid = Convert.TryFromBase64String(text, bytes, out var written);
        value = valid ? Value.FromBytes(bytes.AsSpan(0, written).ToArray()) : default;
        return valid;
    }

    private static bool TryObject(Value json, out Dictionary<string, Value> members)
    {
        var list = new List<KeyValuePair<string, Value>>();
        var valid = JsonValue.TryReadObject(json, list);
        members = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in list)
            members[name] = value;
        return valid;
    }

    private static bool IsText(Value json, string text) => TextOf(json) == text;

    private static string? TextOf(Value json) => JsonValue.IsString(json) ? JsonText.Decode(json.Bytes.Span) : null;
}
