using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Grains.Cache;

/// <summary>
/// The operation table: every operation on one key, one row each. Engines run rows in the key's turn (<see cref="KeyTurn"/>), protocols map
/// their own words to row names. A new operation is a new row in the file of its group.
/// </summary>
public static class CacheOperations
{
    private static readonly FrozenDictionary<string, CacheOperation> ByName = new[]
    {
        PlainOperations.Rows, AtomicOperations.Rows, SetOperations.Rows, ListOperations.Rows, QueueOperations.Rows,
        MapOperations.Rows, SortedSetOperations.Rows, CounterOperations.Rows,
    }.SelectMany(rows => rows).ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    private static readonly FrozenSet<string> StructureTypes =
        ByName.Keys.Where(name => name.Contains('.')).Select(name => name[..name.IndexOf('.')]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Every row, in no order.</summary>
    public static ImmutableArray<CacheOperation> All => ByName.Values;

    public static bool TryGet(string name, [NotNullWhen(true)] out CacheOperation? operation) => ByName.TryGetValue(name, out operation);

    /// <summary>The refusal of a name that no row has.</summary>
    public static CacheReply Unsupported(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var message = dot < 0 ? $"Unsupported operation: {name}"
            : StructureTypes.Contains(name[..dot]) ? $"Unsupported {name[..dot]} operation: {name[(dot + 1)..]}"
            : $"Unsupported structure type: {name[..dot]}";
        return CacheReply.Fail(ErrorCode.UnsupportedOperation, message);
    }
}
