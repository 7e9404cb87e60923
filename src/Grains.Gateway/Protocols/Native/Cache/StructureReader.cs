using System.Collections.Immutable;
using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The member <c>structure_operation</c>. The command's operation is <c>type.operation</c>; whether there is such a row is the engine's to
/// say.</summary>
internal static class StructureReader
{
    private static readonly TextTable Names = new(1_024);

    public static CacheCommand? Read(in Envelope envelope, ref FieldFault fault)
    {
        var json = JsonField.Object(envelope[Member.StructureOperation], "structure_operation", ref fault);
        if (json.IsEmpty)
        {
            fault.Set("Field 'structure_operation' is required.");
            return null;
        }

        var fields = StructureFields.Of(json);
        var operation = OperationOf(fields.Type, fields.Operation, ref fault);
        if (operation is null)
            return null;
        var (createIfMissing, otherSets) = Options(fields.Options, ref fault);
        var command = new CacheCommand(operation)
        {
            Structure = Arguments(fields, ref fault) with { OtherSetKeys = otherSets },
            CreateIfMissing = createIfMissing,
            Ttl = JsonField.Seconds(fields.Ttl, "structure_operation.ttl_seconds", ref fault),
            OpId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault),
        };
        return CacheRequestReader.WithConditions(command, envelope[Member.Conditions], ref fault);
    }

    private static string? OperationOf(ReadOnlySpan<byte> type, ReadOnlySpan<byte> operation, ref FieldFault fault)
    {
        if (!JsonText.IsString(type))
            fault.Set("Field 'structure_operation.structure_type' is required.");
        if (!JsonText.IsString(operation))
            fault.Set("Field 'structure_operation.operation' is required.");
        if (fault.IsSet)
            return null;
        type = JsonText.Inner(type);
        operation = JsonText.Inner(operation);
        if (type.Length + operation.Length > 62)
        {
            fault.Set($"Unsupported operation: {Encoding.UTF8.GetString(operation)}", ErrorCode.UnsupportedOperation);
            return null;
        }

        Span<byte> name = stackalloc byte[64];
        type.CopyTo(name);
        name[type.Length] = (byte)'.';
        operation.CopyTo(name[(type.Length + 1)..]);
        return Names.Get(name[..(type.Length + 1 + operation.Length)]);
    }

    private static StructureArguments Arguments(in StructureFields fields, ref FieldFault fault)
    {
        ReadOnlySpan<byte> start = default, end = default, minScore = default, maxScore = default;
        var range = new JsonMembers(JsonField.Object(fields.Range, "structure_operation.range_spec", ref fault));
        while (range.Next())
        {
            if (range.Is("start"u8))
                start = range.Value;
            else if (range.Is("end"u8))
                end = range.Value;
            else if (range.Is("min_score"u8))
                minScore = range.Value;
            else if (range.Is("max_score"u8))
                maxScore = range.Value;
        }

        return new StructureArguments
        {
            Values = Values(fields.Values, ref fault),
            Fields = JsonField.Texts(fields.Fields, "structure_operation.fields", ref fault),
            FieldUpdates = FieldUpdates(fields.Updates, ref fault),
            ScoredValues = ScoredValues(fields.Scored, ref fault),
            Index = JsonField.Integer(fields.Index, "structure_operation.index", ref fault),
            Limit = JsonField.Count(fields.Limit, "structure_operation.limit", 0, ref fault),
            Start = JsonField.Integer(start, "structure_operation.range_spec.start", ref fault),
            End = JsonField.Integer(end, "structure_operation.range_spec.end", ref fault),
            MinScore = JsonField.Number(minScore, "structure_operation.range_spec.min_score", ref fault),
            MaxScore = JsonField.Number(maxScore, "structure_operation.range_spec.max_score", ref fault),
        };
    }

    private static (bool CreateIfMissing, ImmutableArray<string> OtherSets) Options(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        ReadOnlySpan<byte> create = default, sets = default;
        var members = new JsonMembers(JsonField.Object(json, "structure_operation.options", ref fault));
        while (members.Next())
        {
            if (members.Is("create_if_missing"u8))
                create = members.Value;
            else if (members.Is("other_sets"u8))
                sets = members.Value;
        }

        return (JsonField.Bool(create, "structure_operation.options.create_if_missing", absent: true, ref fault),
            JsonField.Texts(sets, "structure_operation.options.other_sets", ref fault));
    }

    private static ImmutableArray<Value> Values(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Array(json, "structure_operation.values", ref fault);
        if (json.IsEmpty)
            return [];
        var values = ImmutableArray.CreateBuilder<Value>();
        var items = new JsonItems(json);
        while (items.Next())
            values.Add(JsonField.Value(items.Value));
        return values.DrainToImmutable();
    }

    /// <summary><c>{"field": value}</c>, or <c>{"field":{"operation":"increment","value":n}}</c>. Of a field given twice the last counts.</summary>
    private static ImmutableArray<FieldUpdate> FieldUpdates(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Object(json, "structure_operation.field_updates", ref fault);
        if (json.IsEmpty)
            return [];
        var updates = new OrderedDictionary<string, FieldUpdate>();
        var members = new JsonMembers(json);
        while (members.Next())
        {
            var field = Encoding.UTF8.GetString(members.Name);
            updates[field] = IsIncrement(members.Value, out var by)
                ? new FieldUpdate(field, JsonField.Value(by), Increment: true)
                : new FieldUpdate(field, JsonField.Value(members.Value));
        }

        return [.. updates.Values];
    }

    private static bool IsIncrement(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> by)
    {
        by = default;
        ReadOnlySpan<byte> operation = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("operation"u8))
                operation = members.Value;
            else if (members.Is("value"u8))
                by = members.Value;
        }

        return operation.SequenceEqual("\"increment\""u8) && !by.IsEmpty;
    }

    private static ImmutableArray<ScoredValue> ScoredValues(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Array(json, "structure_operation.scored_values", ref fault);
        if (json.IsEmpty)
            return [];
        var scored = ImmutableArray.CreateBuilder<ScoredValue>();
        var items = new JsonItems(json);
        while (items.Next())
        {
            ReadOnlySpan<byte> value = default, score = default;
            var members = new JsonMembers(items.Value);
            while (members.Next())
            {
                if (members.Is("value"u8))
                    value = members.Value;
                else if (members.Is("score"u8))
                    score = members.Value;
            }

            if (value.IsEmpty)
                fault.Set("Field 'structure_operation.scored_values[].value' is required.");
            scored.Add(new ScoredValue(JsonField.Value(value), JsonField.Number(score, "structure_operation.scored_values[].score", ref fault) ?? 0));
        }

        return scored.DrainToImmutable();
    }

    /// <summary>Where each member's value lies.</summary>
    private ref struct StructureFields
    {
        public ReadOnlySpan<byte> Type, Operation, Values, Fields, Updates, Scored, Index, Range, Limit, Ttl, Options;

        public static StructureFields Of(ReadOnlySpan<byte> json)
        {
            var fields = default(StructureFields);
            var members = new JsonMembers(json);
            while (members.Next())
            {
                if (members.Is("structure_type"u8))
                    fields.Type = members.Value;
                else if (members.Is("operation"u8))
                    fields.Operation = members.Value;
                else if (members.Is("values"u8))
                    fields.Values = members.Value;
                else if (members.Is("fields"u8))
                    fields.Fields = members.Value;
                else if (members.Is("field_updates"u8))
                    fields.Updates = members.Value;
                else if (members.Is("scored_values"u8))
                    fields.Scored = members.Value;
                else if (members.Is("index"u8))
                    fields.Index = members.Value;
                else if (members.Is("range_spec"u8))
                    fields.Range = members.Value;
                else if (members.Is("limit"u8))
                    fields.Limit = members.Value;
                else if (members.Is("ttl_seconds"u8))
                    fields.Ttl = members.Value;
                else if (members.Is("options"u8))
                    fields.Options = members.Value;
            }

            return fields;
        }
    }
}
