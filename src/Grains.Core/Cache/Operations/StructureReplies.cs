using System.Globalization;
using Grains.Json;

namespace Grains.Cache;

/// <summary>The answers that structure operations share.</summary>
internal static class StructureReplies
{
    public static OperationResult Done(Value result, long size, CacheChange? change = null) =>
        new(new CacheReply { Result = result, Size = size }, change);

    public static OperationResult Done(bool result, long size, CacheChange? change = null) => Done(Value.Json(result), size, change);

    public static OperationResult Done(long result, long size, CacheChange? change = null) => Done(JsonArithmetic.FromInteger(result), size, change);

    /// <summary>contains: true is a hit, false a miss.</summary>
    public static OperationResult Contains(bool contains, long size) =>
        new(new CacheReply { Outcome = contains ? CacheOutcome.Hit : CacheOutcome.Miss, Result = Value.Json(contains), Size = size });

    /// <summary>An operation that found nothing to work on: an error that still tells the size.</summary>
    public static OperationResult Soft(ErrorCode code, string message, long size, Value result = default) =>
        new(new CacheReply { Outcome = CacheOutcome.Error, Error = code, Message = message, Size = size, Result = result });

    public static OperationResult WrongStructure(StructureKind wanted) =>
        OperationResult.Fail(ErrorCode.WrongStructure, $"The key does not hold a {NameOf(wanted)}");

    public static OperationResult Full(in OperationContext context) => OperationResult.Fail(
        ErrorCode.ValueTooLarge,
        string.Create(CultureInfo.InvariantCulture, $"A structure holds at most {context.Options.StructureMembersMax} members"));

    /// <summary>What <paramref name="write"/> writes as the result, unless that is too long.</summary>
    public static OperationResult Written(in OperationContext context, long size, Action<Utf8Buffer> write)
    {
        using var json = new Utf8Buffer(context.Options.ValueBytesMax);
        write(json);
        return json.Overflowed ? Rewriting.TooLongToRead(context) : Done(Value.Json(json.ToArray()), size);
    }

    /// <summary>An array of values as the result.</summary>
    public static OperationResult Array(in OperationContext context, long size, IEnumerable<Value> values) => Written(context, size, json =>
    {
        var first = true;
        json.Append((byte)'[');
        foreach (var value in values)
        {
            if (!first)
                json.Append((byte)',');
            first = false;
            JsonValue.Append(json, value);
            if (json.Overflowed)
                return;
        }

        json.Append((byte)']');
    });

    /// <summary>A change of the expiry alone, when the command gives one and the entry is there.</summary>
    public static CacheChange? ExpiryChange(KeyState state, CacheCommand command, in OperationContext context) =>
        state.Exists && Rewriting.StructureExpiryOf(command, context.NowUs) is { } expiry ? new CacheChange.SetExpiry(expiry) : null;

    /// <summary>clear: empties what is there.</summary>
    public static OperationResult Clear<T>(StructureKind kind, KeyState state, CacheCommand command, in OperationContext context)
        where T : Structure
    {
        if (!state.TryView<T>(kind, out var structure))
            return WrongStructure(kind);
        var change = structure is { Count: > 0 }
            ? new CacheChange.Clear(kind, Rewriting.StructureExpiryOf(command, context.NowUs))
            : ExpiryChange(state, command, context);
        return Done(true, 0, change);
    }

    /// <summary>size: how many members there are.</summary>
    public static OperationResult Size<T>(StructureKind kind, KeyState state)
        where T : Structure =>
        state.TryView<T>(kind, out var structure) ? Done(structure?.Count ?? 0, structure?.Count ?? 0) : WrongStructure(kind);

    /// <summary>Turns start and end, either of which may count from the end or be absent, into a range within the count.</summary>
    public static (int Start, int End) RangeOf(StructureArguments arguments, int count)
    {
        var start = Within(arguments.Start ?? 0, count);
        var end = Within(arguments.End ?? count, count);
        return (start, Math.Max(start, end));
    }

    private static int Within(long index, int count) => (int)Math.Clamp(index < 0 ? count + index : index, 0, count);

    private static string NameOf(StructureKind kind) => kind switch
    {
        StructureKind.Set => "set",
        StructureKind.Sequence => "list",
        StructureKind.Map => "map",
        _ => "sorted set",
    };
}
