using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>
/// What a key is, said once more and without the product: for a state and an operation the states that may follow, given what the
/// client was told. It shares no code with the rules it judges. An integer cannot be appended to here: histories keep integers and
/// strings on keys of their own.
/// </summary>
internal static class KeyModel
{
    /// <summary>Later than any clock, and far enough from the end of the numbers to be added to.</summary>
    private const long NeverUs = long.MaxValue / 4;

    /// <summary>Adds every state that may follow to <paramref name="next"/>; none when the reply is impossible.</summary>
    public static void Step(in KeyState state, Operation operation, List<KeyState> next)
    {
        var fromUs = Math.Max(operation.InvokedAtUs, state.NowUs);
        var toUs = Math.Min(operation.ReturnedAtUs, NeverUs);
        if (fromUs > toUs)
            return;
        if (state.TtlUs == 0)
        {
            Apply(state with { NowUs = fromUs }, operation, fromUs, toUs, next);
            return;
        }

        // Still there: the write was so late, and the operation so early, that no more than the time to live lies between.
        var alive = state with
        {
            NowUs = fromUs,
            WrittenFromUs = Math.Max(state.WrittenFromUs, fromUs - state.TtlUs),
            WrittenToUs = Math.Min(state.WrittenToUs, toUs),
        };
        if (alive.WrittenFromUs <= alive.WrittenToUs)
            Apply(alive, operation, Math.Max(fromUs, state.WrittenFromUs), Math.Min(toUs, state.WrittenToUs + state.TtlUs), next);
        var expiredFromUs = Math.Max(fromUs, state.WrittenFromUs + state.TtlUs);
        if (expiredFromUs <= toUs)
            Apply(Without(state) with { NowUs = expiredFromUs }, operation, expiredFromUs, toUs, next);
    }

    /// <param name="state">The state with the expiry decided.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="fromUs">The earliest the clock can be.</param>
    /// <param name="toUs">The latest.</param>
    /// <param name="next">Gets what may follow.</param>
    private static void Apply(in KeyState state, Operation operation, long fromUs, long toUs, List<KeyState> next)
    {
        var call = operation.Call;
        var reply = operation.Reply;
        switch (call.Kind)
        {
            case CallKind.Get:
                if (reply is null || (reply.Kind == ReplyKind.Miss && !state.IsPresent))
                    next.Add(state);
                else if (reply.Kind == ReplyKind.Hit && state.IsPresent && state.Value == reply.Value)
                    AddRead(state, reply.Revision, next);
                break;
            case CallKind.Delete:
                if (reply is null || reply.Kind == (state.IsPresent ? ReplyKind.Hit : ReplyKind.Miss))
                    next.Add(Without(state));
                break;
            case CallKind.TestAndSet:
                ApplyTestAndSet(state, operation, fromUs, toUs, next);
                break;
            case CallKind.CompareAndSwap:
                ApplyCompareAndSwap(state, operation, fromUs, toUs, next);
                break;
            default:
                ApplyWrite(state, operation, NewValue(state.Value, call), fromUs, toUs, next);
                break;
        }
    }

    private static void ApplyTestAndSet(in KeyState state, Operation operation, long fromUs, long toUs, List<KeyState> next)
    {
        var call = operation.Call;
        var holds = call.Expected is null ? state.Value is null or "null" : state.Value == call.Expected;
        if (holds)
            ApplyWrite(state, operation, call.Operand, fromUs, toUs, next);
        else if (operation.Reply is null || (operation.Reply.Kind == ReplyKind.Conflict && (operation.Reply.Value ?? state.Value) == state.Value))
            next.Add(state);
    }

    private static void ApplyCompareAndSwap(in KeyState state, Operation operation, long fromUs, long toUs, List<KeyState> next)
    {
        var expected = operation.Call.ExpectedRevision;
        var mayHold = !state.IsPresent ? expected == 0 : state.RevisionIsExact ? expected == state.Revision : expected >= state.Revision;
        var mayFail = !mayHold || (state.IsPresent && !state.RevisionIsExact);
        if (mayHold)
        {
            var known = state.IsPresent ? state with { Revision = expected, RevisionIsExact = true } : state;
            ApplyWrite(known, operation, operation.Call.Operand, fromUs, toUs, next);
        }

        if (mayFail && (operation.Reply is null || operation.Reply.Kind == ReplyKind.Conflict))
            next.Add(state);
    }

    /// <param name="state">The state before.</param>
    /// <param name="operation">The operation, whose condition holds.</param>
    /// <param name="value">What it writes; null when it refuses and changes nothing.</param>
    /// <param name="fromUs">The earliest the clock can be.</param>
    /// <param name="toUs">The latest.</param>
    /// <param name="next">Gets what may follow.</param>
    private static void ApplyWrite(in KeyState state, Operation operation, string? value, long fromUs, long toUs, List<KeyState> next)
    {
        var (call, reply) = (operation.Call, operation.Reply);
        if (value is null)
        {
            if (reply is null or { Kind: ReplyKind.Error })
                next.Add(state);
            return;
        }

        if (reply is not null && (reply.Kind != ReplyKind.Hit || (reply.Value ?? value) != value || reply.Revision <= state.Revision))
            return;
        var written = state with { Value = value, Revision = reply?.Revision ?? (state.Revision + 1), RevisionIsExact = reply?.Revision is not null };
        if (call.TtlUs is { } ttlUs)
            written = written with { TtlUs = ttlUs, WrittenFromUs = fromUs, WrittenToUs = toUs };
        else if (!call.KeepTtl)
            written = written with { TtlUs = 0, WrittenFromUs = 0, WrittenToUs = 0 };
        next.Add(written);
    }

    private static void AddRead(in KeyState state, long? revision, List<KeyState> next)
    {
        if (revision is null)
            next.Add(state);
        else if (state.RevisionIsExact ? revision == state.Revision : revision >= state.Revision)
            next.Add(state with { Revision = revision.Value, RevisionIsExact = true });
    }

    /// <summary>Null when the operation refuses the value that is there.</summary>
    private static string? NewValue(string? value, KeyCall call) => call.Kind switch
    {
        CallKind.Put => call.Operand,
        CallKind.Increment when value is null => Text(call.By),
        CallKind.Increment => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Text(number + call.By) : null,
        CallKind.Append when value is null => call.Operand,
        CallKind.Append => value.EndsWith('"') ? value[..^1] + call.Operand![1..] : null,
        _ => throw new ArgumentOutOfRangeException(nameof(call), call.Kind, "Not a plain write."),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static KeyState Without(in KeyState state) =>
        new() { Revision = state.Revision, NowUs = state.NowUs };
}
