using System.Collections.Immutable;

namespace Grains.Client.Wire;

/// <summary>Reads answers on one key.
/// <code>{"role":"cache-response","u":…,"status":"hit|miss|conflict|error|timeout",
/// ["entry":{…},]["old_value":…]["new_value":…]["value":…]["size":n]["revision":n]…}</code></summary>
internal static class CacheResponseReader
{
    public static CacheReply Read(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        string? status = null, text = null;
        var code = ErrorCode.None;
        var existed = false;
        long? size = null, revision = null;
        Raw value = default, oldValue = default, newValue = default;
        Entry entry = default;
        while (reader.Next())
        {
            if (reader.Is("status"u8))
                status = reader.Text();
            else if (reader.Is("error_message"u8))
                text = reader.Text();
            else if (reader.Is("error_code"u8))
                code = (ErrorCode)(reader.Int64() ?? 0);
            else if (reader.Is("entry"u8))
                entry = ReadEntry(reader.Raw);
            else if (reader.Is("size"u8))
                size = reader.Int64();
            else if (reader.Is("revision"u8))
                revision = reader.Int64();
            else if (reader.Is("exists"u8) || reader.Is("deleted"u8))
                existed = reader.IsTrue();
            else if (!value.Take(ref reader, "value"u8, "value_kind"u8) && !oldValue.Take(ref reader, "old_value"u8, "old_value_kind"u8))
                newValue.Take(ref reader, "new_value"u8, "new_value_kind"u8);
        }

        return new CacheReply
        {
            Outcome = OutcomeOf(status),
            Error = code != ErrorCode.None ? code : DefaultError(status),
            Message = text,
            Value = entry.Value.ToValue() is { IsNone: false } found ? found : newValue.ToValue(),
            OldValue = oldValue.ToValue(),
            Result = value.ToValue(),
            Size = size,
            Existed = existed,
            Revision = revision ?? entry.Revision,
            Entry = entry.Info,
        };
    }

    private static CacheOutcome OutcomeOf(string? status) => status switch
    {
        "hit" => CacheOutcome.Hit,
        "miss" => CacheOutcome.Miss,
        "conflict" => CacheOutcome.Conflict,
        _ => CacheOutcome.Error,
    };

    private static ErrorCode DefaultError(string? status) => status switch
    {
        "hit" or "miss" => ErrorCode.None,
        "conflict" => ErrorCode.ConditionFailed,
        "timeout" => ErrorCode.Timeout,
        _ => ErrorCode.Internal,
    };

    /// <summary><code>{"key":{…},"value":…,"creation_time":t,"access_count":n,"last_access_time":t,"size_bytes":n,"dependencies":[…],
    /// "ttl_seconds":s,"revision":n}</code></summary>
    private static Entry ReadEntry(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        Raw value = default;
        var info = default(EntryInfo);
        var metadata = new EntryMetadata();
        long revision = 0;
        while (reader.Next())
        {
            if (reader.Is("revision"u8))
                revision = reader.Int64() ?? 0;
            else if (reader.Is("creation_time"u8))
                info = info with { CreatedAtUs = reader.TimeUs() };
            else if (reader.Is("last_access_time"u8))
                info = info with { LastAccessAtUs = reader.TimeUs() };
            else if (reader.Is("access_count"u8))
                info = info with { AccessCount = reader.Int64() ?? 0 };
            else if (reader.Is("size_bytes"u8))
                info = info with { SizeBytes = reader.Int64() ?? 0 };
            else if (reader.Is("ttl_seconds"u8))
                info = info with { Ttl = reader.Number() is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
            else if (reader.Is("expires_at"u8))
                info = info with { ExpiresAtUs = reader.IsNull ? null : reader.TimeUs() };
            else if (reader.Is("computation_cost_ms"u8))
                metadata = metadata with { ComputationCostMs = reader.Number() ?? 0 };
            else if (reader.Is("dependencies"u8))
                metadata = metadata with { Dependencies = Strings(reader.Raw) };
            else
                value.Take(ref reader, "value"u8, "value_kind"u8);
        }

        return new Entry(value, info with { Metadata = metadata }, revision);
    }

    private static ImmutableArray<string> Strings(ReadOnlyMemory<byte> raw) =>
        [.. JsonScalar.Elements(raw).Select(JsonScalar.Text).OfType<string>()];

    private readonly record struct Entry(Raw Value, EntryInfo Info, long Revision);

    /// <summary>A value and the kind that stands beside it, which may come before or after it.</summary>
    private struct Raw
    {
        private ReadOnlyMemory<byte> _bytes;
        private string? _kind;

        public bool Take(ref JsonObjectReader reader, ReadOnlySpan<byte> name, ReadOnlySpan<byte> kindName)
        {
            if (reader.Is(name))
                _bytes = reader.Raw;
            else if (reader.Is(kindName))
                _kind = reader.Text();
            else
                return false;
            return true;
        }

        public readonly Value ToValue() => _bytes.IsEmpty ? Value.None : JsonScalar.ValueOf(_bytes, _kind);
    }
}
