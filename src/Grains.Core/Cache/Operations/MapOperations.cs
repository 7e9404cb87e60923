using System.Collections.Immutable;
using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Operations on maps. A plain JSON object counts as a map. A field is named by <c>fields</c>, or by <c>values[0]</c>: a JSON string's
/// text, or anything else's JSON.</summary>
internal static class MapOperations
{
    private const CacheArguments OneField = CacheArguments.Fields | CacheArguments.Values;
    private const CacheArguments Growing = CacheArguments.Ttl | CacheArguments.CreateIfMissing;

    public static readonly CacheOperation[] Rows =
    [
        new("map.set", Set)
        {
            Writes = true, Accesses = true, Reads = OneField | CacheArguments.Index | Growing, RequiredAny = OneField,
        },
        new("map.get", Get) { Accesses = true, Reads = OneField, RequiredAny = OneField },
        new("map.delete", Delete) { Writes = true, Accesses = true, Reads = OneField | CacheArguments.Ttl, RequiredAny = OneField },
        new("map.contains", Contains) { Accesses = true, Reads = OneField, RequiredAny = OneField },
        new("map.keys", Keys) { Accesses = true },
        new("map.values", Values) { Accesses = true },
        new("map.items", Items) { Accesses = true },
        new("map.size", (state, _, in _) => StructureReplies.Size<MapStructure>(StructureKind.Map, state)) { Accesses = true },
        new("map.clear", (state, command, in context) => StructureReplies.Clear<MapStructure>(StructureKind.Map, state, command, context))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl,
        },
        new("map.set_field", SetFields)
        {
            Writes = true, Accesses = true, Reads = CacheArguments.FieldUpdates | Growing, Required = CacheArguments.FieldUpdates,
        },
        new("map.get_fields", GetFields) { Accesses = true, Reads = OneField, RequiredAny = OneField },
        new("map.remove_fields", RemoveFields) { Writes = true, Accesses = true, Reads = OneField | CacheArguments.Ttl, RequiredAny = OneField },
        new("map.increment_field", IncrementField)
        {
            Writes = true, Accesses = true, Reads = OneField | CacheArguments.Index | Growing, RequiredAny = OneField,
        },
    ];

    // values: field, value; or values[0] and index, as observed; or fields[0] and values[0].
    private static OperationResult Set(KeyState state, CacheCommand command, in OperationContext context)
    {
        var arguments = command.Structure!;
        var named = arguments.Fields.Length > 0 ? 0 : 1;
        var value = arguments.Values.Length > named ? arguments.Values[named]
            : arguments.Index is { } index ? JsonArithmetic.FromInteger(index)
            : default;
        if (value.IsNone)
            return OperationResult.Fail(ErrorCode.InvalidArgument, "map.set needs a field and a value");
        var (result, change) = Update(state, command, context, [new FieldUpdate(FieldOf(arguments), value)]);
        return change is null ? new OperationResult(result) : new OperationResult(result with { Result = value }, change);
    }

    private static OperationResult SetFields(KeyState state, CacheCommand command, in OperationContext context) =>
        Update(state, command, context, command.Structure!.FieldUpdates);

    private static OperationResult IncrementField(KeyState state, CacheCommand command, in OperationContext context)
    {
        var arguments = command.Structure!;
        var named = arguments.Fields.Length > 0 ? 0 : 1;
        var by = arguments.Index is { } index ? JsonArithmetic.FromInteger(index)
            : arguments.Values.Length > named ? arguments.Values[named]
            : JsonArithmetic.FromInteger(1);
        if (!JsonArithmetic.IsNumber(by))
            return OperationResult.Fail(ErrorCode.InvalidArgument, "map.increment_field needs a number to add");
        var (result, change) = Update(state, command, context, [new FieldUpdate(FieldOf(arguments), by, Increment: true)]);
        return change is CacheChange.MapFields fields
            ? new OperationResult(result with { Result = fields.Set[0].Value }, change)
            : new OperationResult(result, change);
    }

    // Answers an object of the fields and their new values. All or nothing.
    private static OperationResult Update(KeyState state, CacheCommand command, in OperationContext context, ImmutableArray<FieldUpdate> updates)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        var set = new OrderedDictionary<string, Value>(StringComparer.Ordinal);
        var created = 0;
        foreach (var update in updates)
        {
            var known = set.TryGetValue(update.Field, out var old) || (map is not null && map.TryGet(update.Field, out old));
            var value = update.Value.IsNone ? Value.Null : update.Value;
            if (update.Increment)
            {
                var result = JsonArithmetic.Add(known ? old : JsonArithmetic.FromInteger(0), update.Value, subtract: false, out value);
                if (result != SumResult.Done)
                    return AtomicOperations.SumFailed(result);
            }

            created += known ? 0 : 1;
            set[update.Field] = value;
        }

        var size = (map?.Count ?? 0) + created;
        if (created > 0 && size > context.Options.StructureMembersMax)
            return StructureReplies.Full(context);
        var change = new CacheChange.MapFields(
            [.. set.Select(f => new FieldUpdate(f.Key, f.Value))], [], Rewriting.StructureExpiryOf(command, context.NowUs));
        var written = StructureReplies.Written(context, size, json => AppendObject(json, set));
        return written.Reply.IsError ? written : written with { Change = change };
    }

    private static OperationResult Get(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        return map is not null && map.TryGet(FieldOf(command.Structure!), out var value)
            ? StructureReplies.Done(value, map.Count)
            : StructureReplies.Soft(ErrorCode.NotFound, "Key not found", map?.Count ?? 0);
    }

    private static OperationResult Delete(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        var field = FieldOf(command.Structure!);
        if (map is null || !map.TryGet(field, out var removed))
            return StructureReplies.Soft(ErrorCode.NotFound, "Key not found", map?.Count ?? 0);
        return StructureReplies.Done(
            removed, map.Count - 1, new CacheChange.MapFields([], [field], Rewriting.StructureExpiryOf(command, context.NowUs)));
    }

    private static OperationResult RemoveFields(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        var removed = FieldsOf(command.Structure!).Where(field => map is not null && map.TryGet(field, out _)).Distinct().ToImmutableArray();
        var change = removed.Length > 0
            ? new CacheChange.MapFields([], removed, Rewriting.StructureExpiryOf(command, context.NowUs))
            : StructureReplies.ExpiryChange(state, command, context);
        return StructureReplies.Done(removed.Length, (map?.Count ?? 0) - removed.Length, change);
    }

    private static OperationResult Contains(KeyState state, CacheCommand command, in OperationContext context) =>
        state.TryView<MapStructure>(StructureKind.Map, out var map)
            ? StructureReplies.Contains(map is not null && map.TryGet(FieldOf(command.Structure!), out _), map?.Count ?? 0)
            : Wrong();

    // Fields that are not there are left out.
    private static OperationResult GetFields(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        var found = new OrderedDictionary<string, Value>(StringComparer.Ordinal);
        foreach (var field in FieldsOf(command.Structure!))
        {
            if (map is not null && map.TryGet(field, out var value))
                found[field] = value;
        }

        return StructureReplies.Written(context, map?.Count ?? 0, json => AppendObject(json, found));
    }

    private static OperationResult Keys(KeyState state, CacheCommand command, in OperationContext context) =>
        List(state, context, static (json, field, _) => JsonText.AppendString(json, field));

    private static OperationResult Values(KeyState state, CacheCommand command, in OperationContext context) =>
        List(state, context, static (json, _, value) => JsonValue.Append(json, value));

    private static OperationResult Items(KeyState state, CacheCommand command, in OperationContext context) =>
        List(state, context, static (json, field, value) =>
        {
            json.Append((byte)'[');
            JsonText.AppendString(json, field);
            json.Append((byte)',');
            JsonValue.Append(json, value);
            json.Append((byte)']');
        });

    private static OperationResult List(KeyState state, in OperationContext context, Action<Utf8Buffer, string, Value> append)
    {
        if (!state.TryView<MapStructure>(StructureKind.Map, out var map))
            return Wrong();
        return StructureReplies.Written(context, map?.Count ?? 0, json =>
        {
            var first = true;
            json.Append((byte)'[');
            foreach (var (field, value) in map?.Fields ?? new Dictionary<string, Value>())
            {
                if (!first)
                    json.Append((byte)',');
                first = false;
                append(json, field, value);
                if (json.Overflowed)
                    return;
            }

            json.Append((byte)']');
        });
    }

    private static void AppendObject(Utf8Buffer json, OrderedDictionary<string, Value> fields)
    {
        var first = true;
        json.Append((byte)'{');
        foreach (var (field, value) in fields)
        {
            if (!first)
                json.Append((byte)',');
            first = false;
            JsonText.AppendString(json, field);
            json.Append((byte)':');
            JsonValue.Append(json, value);
        }

        json.Append((byte)'}');
    }

    private static string FieldOf(StructureArguments arguments) =>
        arguments.Fields.Length > 0 ? arguments.Fields[0] : FieldOf(arguments.Values[0]);

    private static IEnumerable<string> FieldsOf(StructureArguments arguments) =>
        arguments.Fields.Length > 0 ? arguments.Fields : arguments.Values.Select(FieldOf);

    private static string FieldOf(Value value) => JsonValue.IsString(value)
        ? JsonText.Decode(value.Bytes.Span.Trim(" \t\r\n"u8))
        : Encoding.UTF8.GetString(value.Bytes.Span);

    private static OperationResult Wrong() => StructureReplies.WrongStructure(StructureKind.Map);
}
