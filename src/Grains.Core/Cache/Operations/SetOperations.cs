using System.Collections.Immutable;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Operations on sets. A plain JSON array counts as a set.</summary>
internal static class SetOperations
{
    public static readonly CacheOperation[] Rows =
    [
        new("set.add", Add)
        {
            Writes = true, Accesses = true, Required = CacheArguments.Values,
            Reads = CacheArguments.Values | CacheArguments.Ttl | CacheArguments.CreateIfMissing,
        },
        new("set.remove", Remove)
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Values | CacheArguments.Ttl, Required = CacheArguments.Values,
        },
        new("set.contains", Contains) { Accesses = true, Reads = CacheArguments.Values, Required = CacheArguments.Values },
        new("set.members", Members) { Accesses = true },
        new("set.size", (state, _, in _) => StructureReplies.Size<SetStructure>(StructureKind.Set, state)) { Accesses = true },
        new("set.clear", (state, command, in context) => StructureReplies.Clear<SetStructure>(StructureKind.Set, state, command, context))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl,
        },
        new("set.union", Union) { Accesses = true, Reads = CacheArguments.OtherSets },
        new("set.intersection", Intersection) { Accesses = true, Reads = CacheArguments.OtherSets },
        new("set.difference", Difference) { Accesses = true, Reads = CacheArguments.OtherSets },
    ];

    private static OperationResult Add(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SetStructure>(StructureKind.Set, out var set))
            return StructureReplies.WrongStructure(StructureKind.Set);
        var before = set?.Count ?? 0;
        var values = command.Structure!.Values;
        var added = values.Length == 1 ? OneNew(set, values) : AllNew(set, values);
        var size = before + added.Length;
        if (added.Length > 0 && size > context.Options.StructureMembersMax)
            return StructureReplies.Full(context);
        var change = added.Length > 0
            ? new CacheChange.SetMembers(added, [], Rewriting.StructureExpiryOf(command, context.NowUs))
            : StructureReplies.ExpiryChange(state, command, context);
        return StructureReplies.Done(true, size, change);
    }

    private static ImmutableArray<Value> OneNew(SetStructure? set, ImmutableArray<Value> values) =>
        set is not null && set.Contains(values[0]) ? [] : values;

    private static ImmutableArray<Value> AllNew(SetStructure? set, ImmutableArray<Value> values)
    {
        var added = ImmutableArray.CreateBuilder<Value>();
        var seen = new HashSet<Value>();
        foreach (var value in values)
        {
            if ((set is null || !set.Contains(value)) && seen.Add(JsonMeaning.Canonical(value)))
                added.Add(value);
        }

        return added.ToImmutable();
    }

    private static OperationResult Remove(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SetStructure>(StructureKind.Set, out var set))
            return StructureReplies.WrongStructure(StructureKind.Set);
        var removed = ImmutableArray.CreateBuilder<Value>();
        var seen = new HashSet<Value>();
        foreach (var value in command.Structure!.Values)
        {
            if (set is not null && set.Contains(value) && seen.Add(JsonMeaning.Canonical(value)))
                removed.Add(value);
        }

        var size = (set?.Count ?? 0) - removed.Count;
        if (removed.Count == 0)
            return StructureReplies.Soft(ErrorCode.NotFound, "Member not found", size, Value.Json(false));
        return StructureReplies.Done(
            true, size, new CacheChange.SetMembers([], removed.ToImmutable(), Rewriting.StructureExpiryOf(command, context.NowUs)));
    }

    private static OperationResult Contains(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.TryView<SetStructure>(StructureKind.Set, out var set))
            return StructureReplies.WrongStructure(StructureKind.Set);
        var all = set is not null;
        foreach (var value in command.Structure!.Values)
            all = all && set!.Contains(value);
        return StructureReplies.Contains(all, set?.Count ?? 0);
    }

    private static OperationResult Members(KeyState state, CacheCommand command, in OperationContext context) =>
        state.TryView<SetStructure>(StructureKind.Set, out var set)
            ? StructureReplies.Array(context, set?.Count ?? 0, set?.Members ?? [])
            : StructureReplies.WrongStructure(StructureKind.Set);

    private static OperationResult Union(KeyState state, CacheCommand command, in OperationContext context) =>
        Combine(state, command, context, static (own, others) =>
        {
            foreach (var member in others.SelectMany(other => other.Members))
                own.Add(member);
            return own.Members;
        });

    private static OperationResult Intersection(KeyState state, CacheCommand command, in OperationContext context) =>
        Combine(state, command, context, static (own, others) => own.Members.Where(member => others.TrueForAll(other => other.Contains(member))));

    private static OperationResult Difference(KeyState state, CacheCommand command, in OperationContext context) =>
        Combine(state, command, context, static (own, others) => own.Members.Where(member => !others.Exists(other => other.Contains(member))));

    private static OperationResult Combine(
        KeyState state, CacheCommand command, in OperationContext context, Func<SetStructure, List<SetStructure>, IEnumerable<Value>> combine)
    {
        if (!state.TryView<SetStructure>(StructureKind.Set, out var set))
            return StructureReplies.WrongStructure(StructureKind.Set);
        var others = new List<SetStructure>();
        foreach (var value in (command.Structure ?? StructureArguments.Empty).OtherSets)
        {
            var other = value.IsNone || value.IsNull ? new SetStructure() : StructureReader.TryConvert(StructureKind.Set, value) as SetStructure;
            if (other is null)
                return OperationResult.Fail(ErrorCode.WrongStructure, "One of the other keys does not hold a set");
            others.Add(other);
        }

        var own = new SetStructure();
        foreach (var member in set?.Members ?? [])
            own.Add(member);
        return StructureReplies.Array(context, set?.Count ?? 0, combine(own, others));
    }
}
