using Grains.Json;

namespace Grains.Cache;

/// <summary>Operations on lists. A plain JSON array counts as a list; a queue or a stack is the same list, used at its ends.</summary>
internal static class ListOperations
{
    private const CacheArguments Growing = CacheArguments.Values | CacheArguments.Ttl | CacheArguments.CreateIfMissing;

    public static readonly CacheOperation[] Rows =
    [
        new("list.append", (state, command, in context) => Push(state, command, context, atEnd: true))
        {
            Writes = true, Accesses = true, Reads = Growing, Required = CacheArguments.Values,
        },
        new("list.prepend", (state, command, in context) => Push(state, command, context, atEnd: false))
        {
            Writes = true, Accesses = true, Reads = Growing, Required = CacheArguments.Values,
        },
        new("list.insert", Insert)
        {
            Writes = true, Accesses = true, Reads = Growing | CacheArguments.Index, Required = CacheArguments.Values | CacheArguments.Index,
            IndexMessage = "Index required for insert operation",
        },
        new("list.remove", Remove)
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Values | CacheArguments.Ttl, Required = CacheArguments.Values,
        },
        new("list.pop", (state, command, in context) => Pop(state, command, context, command.Structure?.Index ?? -1, "Cannot pop from empty list"))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Index | CacheArguments.Ttl,
        },
        PopRow("list.pop_front", 0, "Cannot pop from empty list"),
        PopRow("list.pop_back", -1, "Cannot pop from empty list"),
        new("list.get", Get) { Accesses = true, Reads = CacheArguments.Index, Required = CacheArguments.Index },
        new("list.slice", Slice) { Accesses = true, Reads = CacheArguments.Range },
        new("list.get_range", Slice) { Accesses = true, Reads = CacheArguments.Range },
        SizeRow("list.size"),
        SizeRow("list.length"),
        ClearRow("list.clear"),
    ];

    public static CacheOperation PopRow(string name, long index, string emptyMessage) =>
        new(name, (state, command, in context) => Pop(state, command, context, index, emptyMessage))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl,
        };

    public static CacheOperation PeekRow(string name, int index, string emptyMessage) =>
        new(name, (state, command, in context) => Peek(state, index, emptyMessage)) { Accesses = true };

    public static CacheOperation PushRow(string name) =>
        new(name, (state, command, in context) => Push(state, command, context, atEnd: true))
        {
            Writes = true, Accesses = true, Reads = Growing, Required = CacheArguments.Values,
        };

    public static CacheOperation SizeRow(string name) =>
        new(name, (state, _, in _) => StructureReplies.Size<SequenceStructure>(StructureKind.Sequence, state)) { Accesses = true };

    public static CacheOperation ClearRow(string name) =>
        new(name, (state, command, in context) => StructureReplies.Clear<SequenceStructure>(StructureKind.Sequence, state, command, context))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl,
        };

    // Answers the index of the last item added; items keep their order at either end.
    private static OperationResult Push(KeyState state, CacheCommand command, in OperationContext context, bool atEnd)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        var count = list?.Count ?? 0;
        var values = command.Structure!.Values;
        return InsertAt(command, context, count, atEnd ? count : 0, atEnd ? count + values.Length - 1 : 0);
    }

    // An index beyond an end means that end.
    private static OperationResult Insert(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        var count = list?.Count ?? 0;
        var index = command.Structure!.Index!.Value;
        var at = (int)Math.Clamp(index < 0 ? count + index : index, 0, count);
        return InsertAt(command, context, count, at, at);
    }

    private static OperationResult InsertAt(CacheCommand command, in OperationContext context, int count, int at, int result)
    {
        var values = command.Structure!.Values;
        if (count + values.Length > context.Options.StructureMembersMax)
            return StructureReplies.Full(context);
        var change = new CacheChange.Splice(at, 0, values, Rewriting.StructureExpiryOf(command, context.NowUs));
        return StructureReplies.Done(result, count + values.Length, change);
    }

    // Of each value the first occurrence goes.
    private static OperationResult Remove(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        var indexes = new SortedSet<int>();
        foreach (var value in command.Structure!.Values)
        {
            for (var i = 0; i < (list?.Count ?? 0); i++)
            {
                if (JsonMeaning.Equal(list![i], value) && indexes.Add(i))
                    break;
            }
        }

        var size = (list?.Count ?? 0) - indexes.Count;
        return indexes.Count == 0
            ? StructureReplies.Done(false, size, StructureReplies.ExpiryChange(state, command, context))
            : StructureReplies.Done(true, size, new CacheChange.RemoveItems([.. indexes], Rewriting.StructureExpiryOf(command, context.NowUs)));
    }

    private static OperationResult Pop(KeyState state, CacheCommand command, in OperationContext context, long index, string emptyMessage)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        if (list is null or { Count: 0 })
            return StructureReplies.Soft(ErrorCode.Empty, emptyMessage, 0);
        var at = index < 0 ? list.Count + index : index;
        if (at < 0 || at >= list.Count)
            return StructureReplies.Soft(ErrorCode.InvalidIndex, "Invalid index", list.Count);
        var change = new CacheChange.Splice((int)at, 1, [], Rewriting.StructureExpiryOf(command, context.NowUs));
        return StructureReplies.Done(list[(int)at], list.Count - 1, change);
    }

    private static OperationResult Peek(KeyState state, int index, string emptyMessage)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        return list is null or { Count: 0 }
            ? StructureReplies.Soft(ErrorCode.Empty, emptyMessage, 0)
            : StructureReplies.Done(list[index < 0 ? list.Count + index : index], list.Count);
    }

    private static OperationResult Get(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        var count = list?.Count ?? 0;
        var index = command.Structure!.Index!.Value;
        var at = index < 0 ? count + index : index;
        return at < 0 || at >= count
            ? StructureReplies.Soft(ErrorCode.InvalidIndex, "Invalid index", count)
            : StructureReplies.Done(list![(int)at], count);
    }

    private static OperationResult Slice(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SequenceStructure>(StructureKind.Sequence, out var list))
            return Wrong();
        var (start, end) = StructureReplies.RangeOf(command.Structure ?? StructureArguments.Empty, list?.Count ?? 0);
        return StructureReplies.Written(context, list?.Count ?? 0, json => (list ?? new SequenceStructure()).AppendJson(json, start, end));
    }

    private static OperationResult Wrong() => StructureReplies.WrongStructure(StructureKind.Sequence);
}
