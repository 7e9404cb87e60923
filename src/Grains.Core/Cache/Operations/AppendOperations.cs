using System.Collections.Immutable;
using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// append and prepend: string to string and bytes to bytes, list to list (joined, the operand's items in their order), anything else to a
/// list as one item. A missing key counts as the initial value, else as empty and of the operand's own type.
/// </summary>
internal static class AppendOperations
{
    private const CacheArguments Joining = CacheArguments.Value | CacheArguments.Initial | CacheArguments.Ttl | CacheArguments.CreateIfMissing;

    public static readonly CacheOperation[] Rows =
    [
        new("append", (state, command, in context) => Join(state, command, context, atEnd: true)) { Writes = true, Reads = Joining },
        new("prepend", (state, command, in context) => Join(state, command, context, atEnd: false)) { Writes = true, Reads = Joining },
    ];

    private static OperationResult Join(KeyState state, CacheCommand command, in OperationContext context, bool atEnd)
    {
        var operand = command.Value.IsNone ? Value.Null : command.Value;
        if (state.Structure is { } structure)
            return JoinStructure(structure, state, command, context, operand, atEnd);
        var current = state.Exists ? state.PlainValue : command.Initial;
        var joined = current.IsNone ? EmptyFor(operand) : current;
        var bytes = (long)joined.Bytes.Length + operand.Bytes.Length;
        if (bytes > context.Options.ValueBytesMax + 16L)
            return OperationResult.Fail(ErrorCode.ValueTooLarge, $"The value would be longer than {context.Options.ValueBytesMax} bytes");
        var result = TryJoin(joined, operand, atEnd);
        return result.IsNone ? Incompatible() : Rewriting.Store(state, command, context, result, state.PlainValue);
    }

    // A list that lives in the server grows by what is added; the answer still shows it before and after, unless it is too long.
    private static OperationResult JoinStructure(
        Structure structure, KeyState state, CacheCommand command, in OperationContext context, Value operand, bool atEnd)
    {
        if (structure is not SequenceStructure)
            return Incompatible();
        var items = new List<Value>();
        if (!JsonValue.TryReadArray(operand, items))
            items.Add(operand);
        if (structure.Count + items.Count > context.Options.StructureMembersMax)
            return StructureReplies.Full(context);
        var change = new CacheChange.Splice(atEnd ? structure.Count : 0, 0, [.. items], Rewriting.ExpiryOf(state, command, context.NowUs));
        var reply = new CacheReply { Size = structure.Count + items.Count };
        if (state.TryRender(context.Options.ValueBytesMax, out var old))
            reply = reply with { OldValue = old, Value = JoinArrays(old, operand, atEnd) };
        return new OperationResult(reply, change);
    }

    private static OperationResult Incompatible() =>
        OperationResult.Fail(ErrorCode.IncompatibleTypes, "Incompatible types for append/prepend");

    private static Value EmptyFor(Value operand) => operand.Kind switch
    {
        ValueKind.Json => Value.Json(JsonValue.IsString(operand) ? "\"\"" : "[]"),
        _ => new Value(operand.Kind, default),
    };

    // None when the two do not fit.
    private static Value TryJoin(Value current, Value operand, bool atEnd)
    {
        if (current.Kind != ValueKind.Json)
        {
            var tail = current.Kind == ValueKind.Text && JsonValue.IsString(operand)
                ? Value.Text(JsonText.Decode(operand.Bytes.Span.Trim(" \t\r\n"u8)))
                : operand;
            return current.Kind == tail.Kind ? new Value(current.Kind, Concat(current, tail, atEnd)) : default;
        }

        if (JsonValue.IsString(current))
            return operand.Kind == ValueKind.Text || JsonValue.IsString(operand) ? JoinStrings(current, operand, atEnd) : default;
        return JsonValue.IsArray(current) && operand.Kind != ValueKind.Bytes ? JoinArrays(current, operand, atEnd) : default;
    }

    private static byte[] Concat(Value current, Value operand, bool atEnd)
    {
        var (first, second) = atEnd ? (current, operand) : (operand, current);
        return [.. first.Bytes.Span, .. second.Bytes.Span];
    }

    private static Value JoinStrings(Value current, Value operand, bool atEnd)
    {
        using var json = new Utf8Buffer();
        var (first, second) = atEnd ? (current, operand) : (operand, current);
        json.Append((byte)'"');
        AppendBody(json, first);
        AppendBody(json, second);
        json.Append((byte)'"');
        return Value.Json(json.ToArray());
    }

    private static void AppendBody(Utf8Buffer to, Value value)
    {
        if (value.Kind == ValueKind.Json)
        {
            to.Append(value.Bytes.Span.Trim(" \t\r\n"u8)[1..^1]);
            return;
        }

        using var json = new Utf8Buffer();
        JsonText.AppendUtf8String(json, value.Bytes.Span);
        to.Append(json.Written[1..^1]);
    }

    private static Value JoinArrays(Value current, Value operand, bool atEnd)
    {
        using var item = new Utf8Buffer();
        JsonValue.Append(item, operand);
        var one = JsonValue.IsArray(operand) ? ItemsOf(operand.Bytes.Span) : item.Written;
        var all = ItemsOf(current.Bytes.Span);
        var first = atEnd ? all : one;
        var second = atEnd ? one : all;
        using var json = new Utf8Buffer();
        json.Append((byte)'[');
        json.Append(first);
        if (!first.IsEmpty && !second.IsEmpty)
            json.Append((byte)',');
        json.Append(second);
        json.Append((byte)']');
        return Value.Json(json.ToArray());
    }

    private static ReadOnlySpan<byte> ItemsOf(ReadOnlySpan<byte> array) => array.Trim(" \t\r\n"u8)[1..^1].Trim(" \t\r\n"u8);
}
