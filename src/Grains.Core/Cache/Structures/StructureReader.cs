using Grains.Json;

namespace Grains.Cache;

/// <summary>Makes a structure of a plain JSON value of its natural shape: an array is a sequence or a set, an object a map, an array of
/// [score, member] a sorted set.</summary>
internal static class StructureReader
{
    /// <returns>Null when the value has another shape.</returns>
    public static Structure? TryConvert(StructureKind kind, Value value) => kind switch
    {
        StructureKind.Set => TrySet(value),
        StructureKind.Sequence => TrySequence(value),
        StructureKind.Map => TryMap(value),
        _ => TrySortedSet(value),
    };

    private static SetStructure? TrySet(Value value)
    {
        var items = new List<Value>();
        if (!JsonValue.TryReadArray(value, items))
            return null;
        var set = new SetStructure();
        foreach (var item in items)
            set.Add(item);
        return set;
    }

    private static SequenceStructure? TrySequence(Value value)
    {
        var items = new List<Value>();
        if (!JsonValue.TryReadArray(value, items))
            return null;
        var sequence = new SequenceStructure();
        foreach (var item in items)
            sequence.Insert(sequence.Count, item);
        return sequence;
    }

    private static MapStructure? TryMap(Value value)
    {
        var members = new List<KeyValuePair<string, Value>>();
        if (!JsonValue.TryReadObject(value, members))
            return null;
        var map = new MapStructure();
        foreach (var (name, member) in members)
            map.Set(name, member);
        return map;
    }

    private static SortedSetStructure? TrySortedSet(Value value)
    {
        var items = new List<Value>();
        if (!JsonValue.TryReadArray(value, items))
            return null;
        var sortedSet = new SortedSetStructure();
        var pair = new List<Value>(2);
        foreach (var item in items)
        {
            pair.Clear();
            if (!JsonValue.TryReadArray(item, pair) || pair.Count != 2 || !JsonArithmetic.TryGetDouble(pair[0], out var score))
                return null;
            sortedSet.Set(pair[1], score);
        }

        return sortedSet;
    }
}
