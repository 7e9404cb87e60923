using System.Globalization;
using System.Text.Json;

namespace Grains.Tests.Linearizability;

/// <summary>The operations of a history as requests of the native protocol, and its answers as replies.</summary>
internal static class WireKeyClient
{
    /// <summary>The request's members.</summary>
    public static string Request(string key, KeyCall call) => $$"""
        "role":"cache-request","key":{"namespace":"history","identifier":"{{key}}"},{{Operation(call)}}
        """;

    /// <exception cref="InvalidDataException">No answer that any of the operations may have.</exception>
    public static KeyReply Reply(KeyCall call, JsonElement answer)
    {
        var kind = answer.GetProperty("status").GetString() switch
        {
            "hit" => ReplyKind.Hit,
            "miss" => ReplyKind.Miss,
            "conflict" => ReplyKind.Conflict,
            _ => throw new InvalidDataException($"{call} was answered {answer}"),
        };
        return new KeyReply(kind) { Value = Value(call, kind, answer), Revision = kind == ReplyKind.Hit ? Revision(call, answer) : null };
    }

    private static string Operation(KeyCall call) => call.Kind switch
    {
        CallKind.Get => "\"operation\":\"get\"",
        CallKind.Delete => "\"operation\":\"delete\"",
        CallKind.Put => $"\"operation\":\"put\",\"value\":{call.Operand}{Expiry(call)}",
        CallKind.TestAndSet => Atomic($"\"operation_type\":\"test_and_set\",\"expected_value\":{call.Expected ?? "null"},\"new_value\":{call.Operand}", call),
        CallKind.CompareAndSwap => Atomic($"\"operation_type\":\"compare_and_swap\",\"expected_revision\":{Text(call.ExpectedRevision)},\"new_value\":{call.Operand}", call),
        CallKind.Increment => Atomic($"\"operation_type\":\"increment\",\"increment_by\":{Text(call.By)}", call),
        CallKind.Append => Atomic($"\"operation_type\":\"append\",\"new_value\":{call.Operand}", call),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call.Kind, "No such operation."),
    };

    private static string Atomic(string members, KeyCall call) =>
        "\"operation\":\"atomic\",\"atomic_operation\":{" + members + Expiry(call) + "}";

    private static string Expiry(KeyCall call) =>
        call.TtlUs is { } ttlUs ? $",\"ttl_seconds\":{(ttlUs / 1e6).ToString(CultureInfo.InvariantCulture)}" : call.KeepTtl ? ",\"keep_ttl\":true" : "";

    private static string? Value(KeyCall call, ReplyKind kind, JsonElement answer) => (call.Kind, kind) switch
    {
        (CallKind.Get, ReplyKind.Hit) => Text(answer.GetProperty("entry").GetProperty("value")),
        (CallKind.Increment or CallKind.Append or CallKind.TestAndSet or CallKind.CompareAndSwap, ReplyKind.Hit) => Text(answer.GetProperty("new_value")),
        (CallKind.TestAndSet, ReplyKind.Conflict) when answer.TryGetProperty("old_value", out var old) && old.ValueKind != JsonValueKind.Null => Text(old),
        _ => null,
    };

    private static long? Revision(KeyCall call, JsonElement answer) => call.Kind == CallKind.Delete ? null : answer.GetProperty("revision").GetInt64();

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? $"\"{value.GetString()}\"" : value.GetRawText();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
