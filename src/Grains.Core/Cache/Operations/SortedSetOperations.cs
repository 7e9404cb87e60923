using System.Collections.Immutable;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Operations on sorted sets: members by ascending score, equal scores by the bytes of the member. A plain JSON array of
/// [score, member] counts as one.</summary>
internal static class SortedSetOperations
{
    private const CacheArguments Scored = CacheArguments.Values | CacheArguments.ScoredValues;

    public static readonly CacheOperation[] Rows =
    [
        new("sorted_set.add", Add)
        {
            Writes = true, Accesses = true, Reads = Scored | CacheArguments.Ttl | CacheArguments.CreateIfMissing, RequiredAny = Scored,
        },
        new("sorted_set.add_scored", Add)
        {
            Writes = true, Accesses = true, Reads = Scored | CacheArguments.Ttl | CacheArguments.CreateIfMissing,
            Required = CacheArguments.ScoredValues,
        },
        new("sorted_set.remove", Remove)
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Values | CacheArguments.Ttl, Required = CacheArguments.Values,
        },
        new("sorted_set.score", Score) { Accesses = true, Reads = CacheArguments.Values, Required = CacheArguments.Values },
        new("sorted_set.get_score", Score) { Accesses = true, Reads = CacheArguments.Values, Required = CacheArguments.Values },
        new("sorted_set.rank", Rank) { Accesses = true, Reads = CacheArguments.Values, Required = CacheArguments.Values },
        new("sorted_set.range", Range) { Accesses = true, Reads = CacheArguments.Range },
        new("sorted_set.get_range", GetRange) { Accesses = true, Reads = CacheArguments.Scores | CacheArguments.Limit },
        new("sorted_set.get_top", GetTop) { Accesses = true, Reads = CacheArguments.Limit },
        new("sorted_set.get_bottom", GetBottom) { Accesses = true, Reads = CacheArguments.Limit },
        new("sorted_set.size", (state, _, in _) => StructureReplies.Size<SortedSetStructure>(StructureKind.SortedSet, state)) { Accesses = true },
        new("sorted_set.clear", (state, command, in context) =>
            StructureReplies.Clear<SortedSetStructure>(StructureKind.SortedSet, state, command, context))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl,
        },
    ];

    private static OperationResult Add(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var latest = new OrderedDictionary<Value, ScoredValue>();
        foreach (var value in command.Structure!.Values)
            latest[JsonMeaning.Canonical(value)] = new ScoredValue(value, 0);
        foreach (var scored in command.Structure.ScoredValues)
            latest[JsonMeaning.Canonical(scored.Value)] = scored;
        var created = 0;
        var changed = ImmutableArray.CreateBuilder<ScoredValue>(latest.Count);
        foreach (var scored in latest.Values)
        {
            var score = 0.0;
            var known = sortedSet is not null && sortedSet.TryGetScore(scored.Value, out score);
            created += known ? 0 : 1;
            if (!known || score != scored.Score)
                changed.Add(scored);
        }

        var size = (sortedSet?.Count ?? 0) + created;
        if (created > 0 && size > context.Options.StructureMembersMax)
            return StructureReplies.Full(context);
        var change = changed.Count > 0
            ? new CacheChange.Scores(changed.ToImmutable(), [], Rewriting.StructureExpiryOf(command, context.NowUs))
            : StructureReplies.ExpiryChange(state, command, context);
        return StructureReplies.Done(true, size, change);
    }

    private static OperationResult Remove(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var removed = new OrderedDictionary<Value, Value>();
        foreach (var value in command.Structure!.Values)
        {
            if (sortedSet is not null && sortedSet.TryGetScore(value, out _))
                removed[JsonMeaning.Canonical(value)] = value;
        }

        var change = removed.Count > 0
            ? new CacheChange.Scores([], [.. removed.Values], Rewriting.StructureExpiryOf(command, context.NowUs))
            : StructureReplies.ExpiryChange(state, command, context);
        return StructureReplies.Done(removed.Count > 0, (sortedSet?.Count ?? 0) - removed.Count, change);
    }

    private static OperationResult Score(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        return sortedSet is not null && sortedSet.TryGetScore(command.Structure!.Values[0], out var score)
            ? StructureReplies.Done(JsonArithmetic.FromDouble(score), sortedSet.Count)
            : StructureReplies.Soft(ErrorCode.NotFound, "Member not found", sortedSet?.Count ?? 0);
    }

    private static OperationResult Rank(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var rank = sortedSet?.RankOf(command.Structure!.Values[0]) ?? -1;
        return rank < 0
            ? StructureReplies.Soft(ErrorCode.NotFound, "Member not found", sortedSet?.Count ?? 0)
            : StructureReplies.Done(rank, sortedSet!.Count);
    }

    private static OperationResult Range(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var (start, end) = StructureReplies.RangeOf(command.Structure ?? StructureArguments.Empty, sortedSet?.Count ?? 0);
        return Members(sortedSet, context, start, end - start, 1);
    }

    // Both bounds belong to the range; an absent one is open.
    private static OperationResult GetRange(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var arguments = command.Structure ?? StructureArguments.Empty;
        var start = sortedSet?.CountBelow(arguments.MinScore ?? double.NegativeInfinity, inclusive: false) ?? 0;
        var end = sortedSet?.CountBelow(arguments.MaxScore ?? double.PositiveInfinity, inclusive: true) ?? 0;
        return Members(sortedSet, context, start, Math.Min(Math.Max(0, end - start), arguments.Limit ?? int.MaxValue), 1);
    }

    // Highest score first.
    private static OperationResult GetTop(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var count = sortedSet?.Count ?? 0;
        return Members(sortedSet, context, count - 1, Math.Min(count, command.Structure?.Limit ?? int.MaxValue), -1);
    }

    private static OperationResult GetBottom(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SortedSetStructure>(StructureKind.SortedSet, out var sortedSet))
            return Wrong();
        var count = sortedSet?.Count ?? 0;
        return Members(sortedSet, context, 0, Math.Min(count, command.Structure?.Limit ?? int.MaxValue), 1);
    }

    private static OperationResult Members(SortedSetStructure? sortedSet, in OperationContext context, int start, int count, int step) =>
        StructureReplies.Array(
            context, sortedSet?.Count ?? 0, Enumerable.Range(0, count).Select(i => sortedSet!.At(start + (i * step)).Value));

    private static OperationResult Wrong() => StructureReplies.WrongStructure(StructureKind.SortedSet);
}
