using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The member <c>atomic_operation</c>.</summary>
internal static class AtomicReader
{
    public static CacheCommand? Read(in Envelope envelope, ref FieldFault fault)
    {
        var json = JsonField.Object(envelope[Member.AtomicOperation], "atomic_operation", ref fault);
        if (json.IsEmpty)
        {
            fault.Set("Field 'atomic_operation' is required.");
            return null;
        }

        var fields = AtomicFields.Of(json);
        var operation = OperationOf(fields.Type, ref fault);
        var kind = fields.Kind.IsEmpty ? envelope[Member.ValueKind] : fields.Kind;
        if (operation is null)
            return null;
        var command = new CacheCommand(operation)
        {
            Value = JsonField.Value(fields.New, kind, "atomic_operation.new_value", ref fault),
            Expected = JsonField.Value(fields.Expected, kind, "atomic_operation.expected_value", ref fault),
            IfRevision = JsonField.Integer(fields.Revision, "atomic_operation.expected_revision", ref fault),
            By = Number(fields.By, ref fault),
            Initial = JsonText.IsNull(fields.Initial) ? default : JsonField.Value(fields.Initial),
            CreateIfMissing = JsonField.Bool(fields.Create, "atomic_operation.create_if_missing", absent: true, ref fault),
            Ttl = JsonField.Seconds(fields.Ttl, "atomic_operation.ttl_seconds", ref fault)
                ?? JsonField.Seconds(envelope[Member.TtlSeconds], "ttl_seconds", ref fault),
            KeepTtl = JsonField.Bool(fields.KeepTtl, "atomic_operation.keep_ttl", absent: false, ref fault)
                || JsonField.Bool(envelope[Member.KeepTtl], "keep_ttl", absent: false, ref fault),
            OpId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault),
        };
        command = CacheRequestReader.WithConditions(command, envelope[Member.Conditions], ref fault);
        return CacheRequestReader.WithConditions(command, fields.Conditions, ref fault);
    }

    private static string? OperationOf(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (!JsonText.IsString(json))
        {
            fault.Set("Field 'atomic_operation.operation_type' is required.");
            return null;
        }

        var name = JsonText.Inner(json);
        foreach (var (operation, utf8) in Operations)
        {
            if (name.SequenceEqual(utf8))
                return operation;
        }

        fault.Set($"Unsupported atomic operation: {Encoding.UTF8.GetString(name)}", ErrorCode.UnsupportedOperation);
        return null;
    }

    private static Value Number(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return default;
        if (JsonText.IsNumber(json))
            return JsonField.Value(json);
        fault.Set("Field 'atomic_operation.increment_by' must be a number.");
        return default;
    }

    private static readonly (string Operation, byte[] Utf8)[] Operations =
    [
        .. new[] { "test_and_set", "compare_and_swap", "increment", "decrement", "append", "prepend", "extend_ttl" }
            .Select(static name => (name, Encoding.UTF8.GetBytes(name))),
    ];

    /// <summary>Where each member's value lies.</summary>
    private ref struct AtomicFields
    {
        public ReadOnlySpan<byte> Type, Expected, Revision, New, Kind, By, Initial, Create, Ttl, KeepTtl, Conditions;

        public static AtomicFields Of(ReadOnlySpan<byte> json)
        {
            var fields = default(AtomicFields);
            var members = new JsonMembers(json);
            while (members.Next())
            {
                if (members.Is("operation_type"u8))
                    fields.Type = members.Value;
                else if (members.Is("expected_value"u8))
                    fields.Expected = members.Value;
                else if (members.Is("new_value"u8))
                    fields.New = members.Value;
                else if (members.Is("expected_revision"u8))
                    fields.Revision = members.Value;
                else if (members.Is("increment_by"u8))
                    fields.By = members.Value;
                else if (members.Is("initial_value"u8))
                    fields.Initial = members.Value;
                else if (members.Is("create_if_missing"u8))
                    fields.Create = members.Value;
                else if (members.Is("ttl_seconds"u8))
                    fields.Ttl = members.Value;
                else if (members.Is("keep_ttl"u8))
                    fields.KeepTtl = members.Value;
                else if (members.Is("conditions"u8))
                    fields.Conditions = members.Value;
                else if (members.Is("value_kind"u8))
                    fields.Kind = members.Value;
            }

            return fields;
        }
    }
}
