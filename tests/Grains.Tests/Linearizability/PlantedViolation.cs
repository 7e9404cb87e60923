using System.Collections.Immutable;
using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>
/// One kind of violation: which valid histories it is planted in, and how. Planting changes or adds operations so that no order can
/// explain the result, for the reason given; it gives null when a history has no fitting place. Strings that are put or set occur
/// once in a generated history, which most of the reasons rest on.
/// </summary>
internal sealed record PlantedViolation(string Name, Func<int, HistoryGenerator> Base, Func<ImmutableArray<Operation>, ImmutableArray<Operation>?> Plant)
{
    private static readonly ImmutableArray<CallKind> NoAppend = [CallKind.Get, CallKind.Put, CallKind.Delete, CallKind.TestAndSet, CallKind.CompareAndSwap];
    private static readonly ImmutableArray<CallKind> NoDelete = [CallKind.Get, CallKind.Put, CallKind.TestAndSet, CallKind.CompareAndSwap];

    public static readonly ImmutableArray<PlantedViolation> All =
    [
        new("stale read", s => Strings(s, NoAppend), StaleRead),
        new("double winner", s => Strings(s, NoAppend), DoubleWinner),
        new("lost update", s => Integers(s, cuts: 0), LostUpdate),
        new("an increment that nobody asked for", s => Integers(s, cuts: 10), IncrementFromNowhere),
        new("resurrected expired value", s => Strings(s, NoDelete), Resurrected),
        new("expired too early", s => Strings(s, NoAppend, cuts: 0), ExpiredTooEarly),
        new("revision going back", s => Strings(s, NoAppend), RevisionGoesBack),
        new("one revision of two values", s => Strings(s, NoAppend), OneRevisionOfTwoValues),
        new("unknown append applied twice", s => Strings(s, [CallKind.Append, CallKind.Get], cuts: 20, ttlPercent: 0), AppliedTwice),
        new("effect before its cause", s => Strings(s, NoAppend), EffectBeforeCause),
        new("forgotten write", s => Strings(s, NoDelete, ttlPercent: 0), ForgottenWrite),
        new("value of a refused test-and-set", s => Strings(s, NoAppend), RefusedValue),
        new("value from nowhere", s => Strings(s, NoAppend), ValueFromNowhere),
        new("deleted twice", s => Strings(s, NoAppend, cuts: 0), DeletedTwice),
        new("winner at an old revision", s => Strings(s, NoAppend), WinnerAtOldRevision),
        new("appends out of order", s => Strings(s, [CallKind.Append, CallKind.Get], ttlPercent: 0), AppendsOutOfOrder),
    ];

    private static HistoryGenerator Strings(int seed, ImmutableArray<CallKind> kinds, int cuts = 3, int ttlPercent = 20) =>
        new(seed) { Kinds = kinds, CutsPerThousand = cuts, TtlPercent = ttlPercent, Operations = 120 };

    private static HistoryGenerator Integers(int seed, int cuts) =>
        new(seed) { FirstKey = 1, Kinds = [CallKind.Increment, CallKind.Get], CutsPerThousand = cuts, TtlPercent = 0, Operations = 120 };

    // A put that had returned before another put began, which had returned before the get began: the first value is gone.
    private static ImmutableArray<Operation>? StaleRead(ImmutableArray<Operation> history) =>
        Triples(history, IsPut, IsPut, IsGet) is [var first, _, var get, ..]
            ? history.Replace(get, Found(get, first.Call.Operand!, null))
            : null;

    // Two test-and-sets of one expected value that was written once: after the first the value is another for ever.
    private static ImmutableArray<Operation>? DoubleWinner(ImmutableArray<Operation> history)
    {
        var winner = history.FirstOrDefault(o => o.Call is { Kind: CallKind.TestAndSet, Expected: not null } && IsHit(o));
        var loser = history.LastOrDefault(o => o.Call.Kind == CallKind.TestAndSet && o.Reply?.Kind == ReplyKind.Conflict && o.Call.Operand != winner?.Call.Expected);
        return winner is null || loser is null ? null : history.Replace(loser, loser with
        {
            Call = loser.Call with { Expected = winner.Call.Expected },
            Reply = new KeyReply(ReplyKind.Hit) { Value = loser.Call.Operand },
        });
    }

    // Increments by one of a counter that nothing else writes: each result comes once.
    private static ImmutableArray<Operation>? LostUpdate(ImmutableArray<Operation> history)
    {
        var increments = history.Where(o => o.Call.Kind == CallKind.Increment).OrderBy(Number).ToArray();
        return increments.Length < 20 ? null : history.Replace(increments[10], increments[10] with { Reply = new KeyReply(ReplyKind.Hit) { Value = increments[9].Reply!.Value } });
    }

    // After everything, one more than all increments together, those of unknown outcome included.
    private static ImmutableArray<Operation>? IncrementFromNowhere(ImmutableArray<Operation> history)
    {
        var increments = history.Count(o => o.Call.Kind == CallKind.Increment);
        return history.Any(o => o.IsUnknown) ? history.Add(Found(After(history, new KeyCall(CallKind.Get)), (increments + 1).ToString(CultureInfo.InvariantCulture), null)) : null;
    }

    // A get that began when the only write of its value had been expired for at least a microsecond. Nothing keeps a time to live here.
    private static ImmutableArray<Operation>? Resurrected(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, o => IsPut(o) && o.Call.TtlUs is not null, IsGet)
            .FirstOrDefault(p => p.First.ReturnedAtUs + p.First.Call.TtlUs < p.Second.InvokedAtUs);
        return pair == default ? null : history.Replace(pair.Second, Found(pair.Second, pair.First.Call.Operand!, pair.First.Reply!.Revision));
    }

    // After everything a put for an hour and a get at once.
    private static ImmutableArray<Operation>? ExpiredTooEarly(ImmutableArray<Operation> history)
    {
        var put = After(history, new KeyCall(CallKind.Put) { Operand = "\"last\"", TtlUs = 3_600_000_000 }) with { Reply = new KeyReply(ReplyKind.Hit) };
        return [.. history, put, After([put], new KeyCall(CallKind.Get)) with { Reply = new KeyReply(ReplyKind.Miss) }];
    }

    // A revision seen, and later a lower one.
    private static ImmutableArray<Operation>? RevisionGoesBack(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, o => o.Reply?.Revision > 0, o => IsGet(o) && IsHit(o)).LastOrDefault();
        return pair == default ? null : history.Replace(pair.Second, pair.Second with { Reply = pair.Second.Reply! with { Revision = pair.First.Reply!.Revision - 1 } });
    }

    // Each write has a revision of its own.
    private static ImmutableArray<Operation>? OneRevisionOfTwoValues(ImmutableArray<Operation> history)
    {
        var gets = history.Where(o => IsGet(o) && IsHit(o)).ToArray();
        var other = gets.FirstOrDefault(g => g.Reply!.Value != gets[0].Reply!.Value);
        return other is null ? null : history.Replace(other, other with { Reply = other.Reply! with { Revision = gets[0].Reply!.Revision } });
    }

    // Nothing but appends, each of a text of its own, and after everything the text of a cut one is there twice.
    private static ImmutableArray<Operation>? AppliedTwice(ImmutableArray<Operation> history)
    {
        var cut = history.FirstOrDefault(o => o.IsUnknown && o.Call.Kind == CallKind.Append);
        var last = history.Where(o => !o.IsUnknown && o.Call.Kind == CallKind.Append).OrderBy(o => o.Reply!.Revision).LastOrDefault();
        if (cut is null || last is null)
            return null;
        var text = last.Reply!.Value!.Replace(cut.Call.Operand![1..^1], "", StringComparison.Ordinal);
        return history.Add(Found(After(history, new KeyCall(CallKind.Get)), $"{text[..^1]}{cut.Call.Operand[1..^1]}{cut.Call.Operand[1..]}", null));
    }

    // A get that had returned before the only write of its value began.
    private static ImmutableArray<Operation>? EffectBeforeCause(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, IsGet, IsPut).FirstOrDefault();
        return pair == default ? null : history.Replace(pair.First, Found(pair.First, pair.Second.Call.Operand!, null));
    }

    // Nothing is deleted and nothing expires: after a put there is a value.
    private static ImmutableArray<Operation>? ForgottenWrite(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, IsPut, IsGet).LastOrDefault();
        return pair == default ? null : history.Replace(pair.Second, pair.Second with { Reply = new KeyReply(ReplyKind.Miss) });
    }

    private static ImmutableArray<Operation>? RefusedValue(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, o => o.Call.Kind == CallKind.TestAndSet && o.Reply?.Kind == ReplyKind.Conflict, IsGet).FirstOrDefault();
        return pair == default ? null : history.Replace(pair.Second, Found(pair.Second, pair.First.Call.Operand!, null));
    }

    private static ImmutableArray<Operation>? ValueFromNowhere(ImmutableArray<Operation> history) =>
        history.FirstOrDefault(IsGet) is { } get ? history.Replace(get, Found(get, "\"nowhere\"", null)) : null;

    // After everything two deletes that both found something.
    private static ImmutableArray<Operation>? DeletedTwice(ImmutableArray<Operation> history)
    {
        var first = After(history, new KeyCall(CallKind.Delete)) with { Reply = new KeyReply(ReplyKind.Hit) };
        return [.. history, first, After([first], new KeyCall(CallKind.Delete)) with { Reply = new KeyReply(ReplyKind.Hit) }];
    }

    // Two revisions were seen one after the other, and then a compare-and-swap won at the first.
    private static ImmutableArray<Operation>? WinnerAtOldRevision(ImmutableArray<Operation> history)
    {
        if (Triples(history, IsHitWithRevision, IsHitWithRevision, o => o.Call.Kind == CallKind.CompareAndSwap && !o.IsUnknown, (a, b) => a.Reply!.Revision < b.Reply!.Revision) is not [var first, _, var swap, ..])
            return null;
        return history.Replace(swap, swap with
        {
            Call = swap.Call with { ExpectedRevision = first.Reply!.Revision!.Value },
            Reply = new KeyReply(ReplyKind.Hit) { Value = swap.Call.Operand },
        });
    }

    // Two appends one after the other, and after everything their texts the other way round.
    private static ImmutableArray<Operation>? AppendsOutOfOrder(ImmutableArray<Operation> history)
    {
        var pair = Pairs(history, IsAppend, IsAppend).LastOrDefault();
        if (pair == default)
            return null;
        var (early, late) = (pair.First.Call.Operand![1..^1], pair.Second.Call.Operand![1..^1]);
        var text = history.Where(IsAppend).MaxBy(o => o.Reply!.Revision)!.Reply!.Value!;
        var swapped = text.Replace(early, "!", StringComparison.Ordinal).Replace(late, early, StringComparison.Ordinal).Replace("!", late, StringComparison.Ordinal);
        return history.Add(Found(After(history, new KeyCall(CallKind.Get)), swapped, null));
    }

    private static bool IsPut(Operation operation) => operation.Call.Kind == CallKind.Put && !operation.IsUnknown;

    private static bool IsGet(Operation operation) => operation.Call.Kind == CallKind.Get && !operation.IsUnknown;

    private static bool IsAppend(Operation operation) => operation.Call.Kind == CallKind.Append && !operation.IsUnknown;

    private static bool IsHit(Operation operation) => operation.Reply?.Kind == ReplyKind.Hit;

    private static bool IsHitWithRevision(Operation operation) => IsHit(operation) && operation.Reply!.Revision > 0;

    private static long Number(Operation operation) => long.Parse(operation.Reply!.Value!, CultureInfo.InvariantCulture);

    private static Operation Found(Operation get, string value, long? revision) =>
        get with { Reply = new KeyReply(ReplyKind.Hit) { Value = value, Revision = revision } };

    /// <summary>An operation that begins when all of these have returned.</summary>
    private static Operation After(ImmutableArray<Operation> history, KeyCall call)
    {
        var place = history.Max(o => Math.Max(o.Invoked, o.IsUnknown ? 0 : o.Returned));
        var us = history.Max(o => Math.Max(o.InvokedAtUs, o.IsUnknown ? 0 : o.ReturnedAtUs));
        return new Operation(999, history[0].Key, call, place + 1, us) { Returned = place + 2, ReturnedAtUs = us + 10 };
    }

    /// <summary>Pairs of which the first had returned before the second began.</summary>
    private static IEnumerable<(Operation First, Operation Second)> Pairs(ImmutableArray<Operation> history, Func<Operation, bool> first, Func<Operation, bool> second) =>
        from a in history.Where(first)
        from b in history.Where(second)
        where a.Returned < b.Invoked
        select (a, b);

    private static Operation[]? Triples(
        ImmutableArray<Operation> history, Func<Operation, bool> first, Func<Operation, bool> second, Func<Operation, bool> third, Func<Operation, Operation, bool>? fit = null) =>
        (from pair in Pairs(history, first, second)
         where fit is null || fit(pair.First, pair.Second)
         from c in history.Where(third)
         where pair.Second.Returned < c.Invoked
         select new[] { pair.First, pair.Second, c }).FirstOrDefault();
}
