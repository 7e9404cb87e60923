using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The member <c>namespace_operation</c>.</summary>
internal static class NamespaceReader
{
    public static NamespaceCommand? Read(in Envelope envelope, in CacheRequestOptions options, ref FieldFault fault)
    {
        var json = JsonField.Object(envelope[Member.NamespaceOperation], "namespace_operation", ref fault);
        if (json.IsEmpty)
        {
            fault.Set("Field 'namespace_operation' is required.");
            return null;
        }

        var fields = NamespaceFields.Of(json);
        var type = JsonField.RequiredText(fields.Type, "namespace_operation.operation_type", ref fault);
        var @namespace = JsonField.Text(fields.Namespace, "namespace_operation.namespace", ref fault)
            ?? CacheKeyReader.ReadNamespace(envelope[Member.Key], ref fault);
        if (@namespace.Length == 0)
            fault.Set("Field 'namespace_operation.namespace' is required.");
        if (type is not ("clear" or "list" or "list_keys" or "count" or "scan" or "statistics" or "backup" or "restore" or "configure"))
            fault.Set($"Unsupported namespace operation: {type}", ErrorCode.UnsupportedOperation);
        return new NamespaceCommand(type == "list_keys" ? "list" : type, @namespace)
        {
            Pattern = JsonField.Text(fields.Pattern, "namespace_operation.pattern", ref fault) ?? "*",
            MaxEntries = JsonField.Count(fields.MaxEntries, "namespace_operation.max_entries", 0, ref fault),
            DryRun = JsonField.Bool(fields.DryRun, "namespace_operation.dry_run", absent: false, ref fault),
            Cursor = JsonField.Text(fields.Cursor, "namespace_operation.cursor", ref fault),
            MaxBytes = JsonField.Count(fields.MaxBytes, "namespace_operation.max_bytes", 1, ref fault),
            Data = JsonText.IsNull(fields.Data) ? default : JsonField.Value(fields.Data),
            MergeStrategy = MergeStrategy(fields.MergeStrategy, ref fault),
            CascadeDependencies = options.CascadeDependencies
                || JsonField.Bool(fields.Cascade, "namespace_operation.cascade_dependencies", absent: false, ref fault),
            PublishChanges = JsonText.IsAbsentOrNull(fields.Publish)
                ? null
                : JsonField.Bool(fields.Publish, "namespace_operation.publish_changes", absent: false, ref fault),
        };
    }

    private static string MergeStrategy(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        var strategy = JsonField.Text(json, "namespace_operation.merge_strategy", ref fault) ?? "overwrite";
        if (strategy is not ("overwrite" or "skip_existing"))
            fault.Set("Field 'namespace_operation.merge_strategy' must be \"overwrite\" or \"skip_existing\".", ErrorCode.InvalidArgument);
        return strategy;
    }

    /// <summary>Where each member's value lies.</summary>
    private ref struct NamespaceFields
    {
        public ReadOnlySpan<byte> Type, Namespace, Pattern, MaxEntries, DryRun, Cursor, MaxBytes, Data, MergeStrategy, Cascade, Publish;

        public static NamespaceFields Of(ReadOnlySpan<byte> json)
        {
            var fields = default(NamespaceFields);
            var members = new JsonMembers(json);
            while (members.Next())
            {
                if (members.Is("operation_type"u8))
                    fields.Type = members.Value;
                else if (members.Is("namespace"u8))
                    fields.Namespace = members.Value;
                else if (members.Is("pattern"u8))
                    fields.Pattern = members.Value;
                else if (members.Is("max_entries"u8))
                    fields.MaxEntries = members.Value;
                else if (members.Is("dry_run"u8))
                    fields.DryRun = members.Value;
                else if (members.Is("cursor"u8))
                    fields.Cursor = members.Value;
                else if (members.Is("max_bytes"u8))
                    fields.MaxBytes = members.Value;
                else if (members.Is("data"u8))
                    fields.Data = members.Value;
                else if (members.Is("merge_strategy"u8))
                    fields.MergeStrategy = members.Value;
                else if (members.Is("cascade_dependencies"u8))
                    fields.Cascade = members.Value;
                else if (members.Is("publish_changes"u8))
                    fields.Publish = members.Value;
            }

            return fields;
        }
    }
}
