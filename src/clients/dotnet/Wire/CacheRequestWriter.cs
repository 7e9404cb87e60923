using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>Writes requests on one key.
/// <code>{"role":"cache-request","u":…,"operation":"get|put|…|atomic|structure","key":{…},
/// ["op_id":…,]["value":…]["atomic_operation":{…}]["structure_operation":{…}]}</code></summary>
internal static class CacheRequestWriter
{
    /// <summary>The server's wait is ours: without it the guide's 5 s would end a request that the caller still waits for.</summary>
    public static byte[] Write(long u, CacheKey key, CacheCommand command, TimeSpan timeout)
    {
        var writer = MessageWriter.Begin("cache-request"u8, u);
        var operation = command.Operation;
        var dot = operation.IndexOf('.', StringComparison.Ordinal);
        writer.WriteString("operation"u8, dot >= 0 ? "structure" : IsAtomic(operation) ? "atomic" : operation);
        WriteKey(writer, key, command.Metadata);
        writer.WriteText("op_id"u8, command.OpId);
        if (dot >= 0)
            WriteStructure(writer, command, operation.AsSpan(0, dot), operation.AsSpan(dot + 1));
        else if (IsAtomic(operation))
            WriteAtomic(writer, command);
        else
            WritePlain(writer, command);
        writer.WriteStartObject("options"u8);
        writer.WriteNumber("timeout_ms"u8, (long)timeout.TotalMilliseconds);
        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    /// <summary>Whether the wire can say it: the kind of the expected and the new value of an atomic operation is told once for both,
    /// so they must be of one kind, or one of them null or absent.</summary>
    public static bool IsWritable(CacheCommand command) =>
        command.Expected.IsNone || command.Expected.IsNull || command.Value.IsNone || command.Value.IsNull
        || command.Expected.Kind == command.Value.Kind;

    /// <summary>Whether an operation changes nothing, so that asking again does no harm.</summary>
    public static bool IsRead(string operation) => operation is "get" or "exists"
        or "set.contains" or "set.members" or "set.size" or "set.union" or "set.intersection" or "set.difference"
        or "list.get" or "list.slice" or "list.get_range" or "list.size" or "list.length"
        or "map.get" or "map.contains" or "map.keys" or "map.values" or "map.items" or "map.size" or "map.get_fields"
        or "sorted_set.score" or "sorted_set.get_score" or "sorted_set.rank" or "sorted_set.range" or "sorted_set.get_range"
        or "sorted_set.get_top" or "sorted_set.get_bottom" or "sorted_set.size"
        or "counter.get" or "queue.peek" or "queue.size" or "stack.peek" or "stack.size";

    private static void WriteKey(Utf8JsonWriter writer, CacheKey key, EntryMetadata? metadata)
    {
        writer.WriteStartObject("key"u8);
        writer.WriteString("namespace"u8, key.Namespace);
        writer.WriteString("identifier"u8, key.Identifier);
        if (key.Version != CacheKey.DefaultVersion)
            writer.WriteString("version"u8, key.Version);
        if (metadata is { Tags.IsEmpty: false })
            writer.WriteStrings("tags"u8, metadata.Tags);
        writer.WriteEndObject();
    }

    private static bool IsAtomic(string operation) => operation is "test_and_set" or "compare_and_swap" or "increment" or "decrement"
        or "append" or "prepend" or "extend_ttl";

    private static void WritePlain(Utf8JsonWriter writer, CacheCommand command)
    {
        if (command.Operation == "put" || !command.Value.IsNone)
            writer.WriteMember("value"u8, command.Value, "value_kind"u8);
        writer.WriteSeconds("ttl_seconds"u8, command.Ttl);
        if (command.Sliding)
            writer.WriteBoolean("sliding"u8, true);
        if (command.KeepTtl)
            writer.WriteBoolean("keep_ttl"u8, true);
        WriteConditions(writer, command);
        if (command.Metadata is { } metadata)
            WriteMetadata(writer, metadata, command.Ttl);
    }

    private static void WriteAtomic(Utf8JsonWriter writer, CacheCommand command)
    {
        writer.WriteStartObject("atomic_operation"u8);
        writer.WriteString("operation_type"u8, command.Operation);
        var byRevision = command.Operation == "compare_and_swap" && command.IfRevision is not null && command.Expected.IsNone;
        if (byRevision)
            writer.WriteNumber("expected_revision"u8, command.IfRevision!.Value);
        else if (command.Operation is "test_and_set" or "compare_and_swap" || !command.Expected.IsNone)
            WriteRaw(writer, "expected_value"u8, command.Expected);
        WriteIfAny(writer, "new_value"u8, command.Value);
        WriteIfAny(writer, "increment_by"u8, command.By);
        WriteIfAny(writer, "initial_value"u8, command.Initial);
        // One kind for both values: IsWritable has seen to that.
        if ((command.Value.Kind is ValueKind.Text or ValueKind.Bytes ? command.Value : command.Expected).Kind is var kind
            and (ValueKind.Text or ValueKind.Bytes))
            writer.WriteString("value_kind"u8, kind == ValueKind.Text ? "text"u8 : "bytes"u8);
        if (!command.CreateIfMissing)
            writer.WriteBoolean("create_if_missing"u8, false);
        writer.WriteSeconds("ttl_seconds"u8, command.Ttl);
        if (command.KeepTtl)
            writer.WriteBoolean("keep_ttl"u8, true);
        WriteConditions(writer, byRevision ? command with { IfRevision = null } : command);
        writer.WriteEndObject();
    }

    private static void WriteIfAny(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Value value)
    {
        if (!value.IsNone)
            WriteRaw(writer, name, value);
    }

    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Value value)
    {
        writer.WritePropertyName(name);
        writer.WriteValue(value);
    }

    private static void WriteConditions(Utf8JsonWriter writer, CacheCommand command)
    {
        if (!command.IfNotExists && !command.IfExists && command.IfRevision is null)
            return;
        writer.WriteStartObject("conditions"u8);
        if (command.IfNotExists)
            writer.WriteBoolean("if_not_exists"u8, true);
        if (command.IfExists)
            writer.WriteBoolean("if_exists"u8, true);
        if (command.IfRevision is { } revision)
            writer.WriteNumber("if_revision"u8, revision);
        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, EntryMetadata metadata, TimeSpan? ttl)
    {
        writer.WriteStartObject("metadata"u8);
        writer.WriteSeconds("ttl_seconds"u8, ttl);
        writer.WriteStrings("dependencies"u8, metadata.Dependencies);
        writer.WriteNumber("computation_cost_ms"u8, metadata.ComputationCostMs);
        writer.WriteString("created_by"u8, metadata.CreatedBy);
        writer.WriteNumber("quality_score"u8, metadata.QualityScore);
        writer.WriteEndObject();
    }

    private static void WriteStructure(Utf8JsonWriter writer, CacheCommand command, ReadOnlySpan<char> type, ReadOnlySpan<char> operation)
    {
        var arguments = command.Structure ?? StructureArguments.Empty;
        writer.WriteStartObject("structure_operation"u8);
        writer.WriteString("structure_type"u8, type);
        writer.WriteString("operation"u8, operation);
        if (!arguments.Values.IsEmpty)
        {
            writer.WriteStartArray("values"u8);
            foreach (var value in arguments.Values)
                writer.WriteValue(value);
            writer.WriteEndArray();
        }

        if (!arguments.Fields.IsEmpty)
            writer.WriteStrings("fields"u8, arguments.Fields);
        WriteFieldUpdates(writer, arguments);
        WriteScoredValues(writer, arguments);
        if (arguments.Index is { } index)
            writer.WriteNumber("index"u8, index);
        WriteRange(writer, arguments);
        if (arguments.Limit is { } limit)
            writer.WriteNumber("limit"u8, limit);
        writer.WriteSeconds("ttl_seconds"u8, command.Ttl);
        if (!command.CreateIfMissing || !arguments.OtherSetKeys.IsEmpty)
        {
            writer.WriteStartObject("options"u8);
            if (!command.CreateIfMissing)
                writer.WriteBoolean("create_if_missing"u8, false);
            if (!arguments.OtherSetKeys.IsEmpty)
                writer.WriteStrings("other_sets"u8, arguments.OtherSetKeys);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteFieldUpdates(Utf8JsonWriter writer, StructureArguments arguments)
    {
        if (arguments.FieldUpdates.IsEmpty)
            return;
        writer.WriteStartObject("field_updates"u8);
        foreach (var update in arguments.FieldUpdates)
        {
            writer.WritePropertyName(update.Field);
            if (!update.Increment)
            {
                writer.WriteValue(update.Value);
                continue;
            }

            writer.WriteStartObject();
            writer.WriteString("operation"u8, "increment"u8);
            writer.WritePropertyName("value"u8);
            writer.WriteValue(update.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteScoredValues(Utf8JsonWriter writer, StructureArguments arguments)
    {
        if (arguments.ScoredValues.IsEmpty)
            return;
        writer.WriteStartArray("scored_values"u8);
        foreach (var scored in arguments.ScoredValues)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("value"u8);
            writer.WriteValue(scored.Value);
            writer.WriteNumber("score"u8, scored.Score);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRange(Utf8JsonWriter writer, StructureArguments arguments)
    {
        if (arguments.Start is null && arguments.End is null && arguments.MinScore is null && arguments.MaxScore is null)
            return;
        writer.WriteStartObject("range_spec"u8);
        if (arguments.Start is { } start)
            writer.WriteNumber("start"u8, start);
        if (arguments.End is { } end)
            writer.WriteNumber("end"u8, end);
        if (arguments.MinScore is { } min)
            writer.WriteNumber("min_score"u8, min);
        if (arguments.MaxScore is { } max)
            writer.WriteNumber("max_score"u8, max);
        writer.WriteEndObject();
    }
}
