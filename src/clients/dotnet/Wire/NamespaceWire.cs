using System.Collections.Immutable;

namespace Grains.Client.Wire;

/// <summary>Writes and reads operations over a namespace.
/// <code>{"role":"cache-request","u":…,"operation":"namespace",
/// "namespace_operation":{"operation_type":"clear|list|count|scan|statistics|backup|restore|configure","namespace":…,…}}
/// {"role":"cache-request","u":…,"operation":"invalidate|query|stats","key":{"namespace":…},"pattern":…}</code></summary>
internal static class NamespaceWire
{
    public static byte[] Write(long u, NamespaceCommand command, TimeSpan timeout)
    {
        var writer = MessageWriter.Begin("cache-request"u8, u);
        if (command.Operation is "invalidate" or "query" or "stats")
        {
            writer.WriteString("operation"u8, command.Operation);
            writer.WriteStartObject("key"u8);
            writer.WriteString("namespace"u8, command.Namespace);
            writer.WriteString("identifier"u8, ""u8);
            writer.WriteEndObject();
            writer.WriteString("pattern"u8, command.Pattern);
        }
        else
        {
            writer.WriteString("operation"u8, "namespace"u8);
            writer.WriteStartObject("namespace_operation"u8);
            WriteOperation(writer, command);
            writer.WriteEndObject();
        }

        writer.WriteStartObject("options"u8);
        var within = command.Timeout is { } own && own < timeout ? own : timeout;
        writer.WriteNumber("timeout_ms"u8, Math.Max(1, (long)within.TotalMilliseconds));
        if (command.CascadeDependencies)
            writer.WriteBoolean("cascade_dependencies"u8, true);
        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    public static NamespaceReply Read(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new NamespaceReply();
        string? status = null;
        while (reader.Next())
        {
            if (reader.Is("status"u8))
                status = reader.Text();
            else if (reader.Is("error_message"u8))
                reply = reply with { Message = reader.Text() };
            else if (reader.Is("error_code"u8))
                reply = reply with { Error = (ErrorCode)(reader.Int64() ?? 0) };
            else if (reader.Is("count"u8))
                reply = reply with { Count = reader.Int64() ?? 0 };
            else if (reader.Is("cleared_count"u8) || reader.Is("restored_count"u8) || reader.Is("invalidated_count"u8))
                reply = reply with { AffectedCount = reader.Int64() ?? 0 };
            else if (reader.Is("keys"u8))
                reply = reply with { Keys = Strings(reader.Raw) };
            else if (reader.Is("truncated"u8))
                reply = reply with { Truncated = reader.Raw.Span is [(byte)'t', ..] };
            else if (reader.Is("cursor"u8))
                reply = reply with { Cursor = reader.Text() };
            else if (reader.Is("statistics"u8) || reader.Is("data"u8))
                reply = reply with { Data = Value.Json(reader.Raw) };
            else if (reader.Is("entry"u8))
                reply = WithEntry(reply, reader.Raw);
        }

        return status switch
        {
            "hit" or "miss" or "conflict" => reply,
            "timeout" => reply with { Error = ErrorCode.Timeout },
            _ => reply.Error == ErrorCode.None ? reply with { Error = ErrorCode.Internal } : reply,
        };
    }

    private static void WriteOperation(System.Text.Json.Utf8JsonWriter writer, NamespaceCommand command)
    {
        writer.WriteString("operation_type"u8, command.Operation);
        writer.WriteString("namespace"u8, command.Namespace);
        writer.WriteString("pattern"u8, command.Pattern);
        if (command.MaxEntries is { } entries)
            writer.WriteNumber("max_entries"u8, entries);
        if (command.DryRun)
            writer.WriteBoolean("dry_run"u8, true);
        if (command.CascadeDependencies)
            writer.WriteBoolean("cascade_dependencies"u8, true);
        writer.WriteText("cursor"u8, command.Cursor);
        if (command.MaxBytes is { } bytes)
            writer.WriteNumber("max_bytes"u8, bytes);
        if (command.Operation == "restore")
        {
            writer.WritePropertyName("data"u8);
            writer.WriteValue(command.Data);
            writer.WriteString("merge_strategy"u8, command.MergeStrategy);
        }

        if (command.PublishChanges is { } publish)
            writer.WriteBoolean("publish_changes"u8, publish);
    }

    /// <summary><c>query</c> and <c>stats</c> answer in the value of an entry: an array of keys, or an object.</summary>
    private static NamespaceReply WithEntry(NamespaceReply reply, ReadOnlyMemory<byte> entry)
    {
        var reader = new JsonObjectReader(entry);
        while (reader.Next())
        {
            if (!reader.Is("value"u8))
                continue;
            var keys = Strings(reader.Raw);
            reply = reply with { Data = Value.Json(reader.Raw), Keys = keys, Count = keys.Length };
        }

        return reply;
    }

    private static ImmutableArray<string> Strings(ReadOnlyMemory<byte> raw) =>
        [.. JsonScalar.Elements(raw).Select(JsonScalar.Text).OfType<string>()];
}
