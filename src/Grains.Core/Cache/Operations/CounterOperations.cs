using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// Operations on counters. A counter is simply a JSON number, so plain increments and these work on each other's; unlike those
/// they keep the entry's expiry. A missing counter is 0. The amount is <c>index</c> or <c>values[0]</c>.
/// </summary>
internal static class CounterOperations
{
    private const CacheArguments Amount = CacheArguments.Index | CacheArguments.Values | CacheArguments.Ttl | CacheArguments.CreateIfMissing;

    public static readonly CacheOperation[] Rows =
    [
        new("counter.increment", (state, command, in context) => Add(state, command, context, subtract: false))
        {
            Writes = true, Accesses = true, Reads = Amount,
        },
        new("counter.decrement", (state, command, in context) => Add(state, command, context, subtract: true))
        {
            Writes = true, Accesses = true, Reads = Amount,
        },
        new("counter.set", (state, command, in context) => Set(state, command, context, AmountOf(command, 0)))
        {
            Writes = true, Accesses = true, Reads = Amount,
        },
        new("counter.get", Get) { Accesses = true },
        new("counter.reset", (state, command, in context) => Set(state, command, context, JsonArithmetic.FromInteger(0)))
        {
            Writes = true, Accesses = true, Reads = CacheArguments.Ttl | CacheArguments.CreateIfMissing,
        },
    ];

    private static OperationResult Get(KeyState state, CacheCommand command, in OperationContext context) =>
        !state.Exists ? StructureReplies.Done(0, 1)
        : JsonArithmetic.IsNumber(state.PlainValue) ? StructureReplies.Done(state.PlainValue, 1)
        : Wrong();

    private static OperationResult Add(KeyState state, CacheCommand command, in OperationContext context, bool subtract)
    {
        var amount = AmountOf(command, 1);
        if (!JsonArithmetic.IsNumber(amount))
            return OperationResult.Fail(ErrorCode.InvalidArgument, $"{command.Operation} needs a number to add");
        if (state.Exists && !JsonArithmetic.IsNumber(state.PlainValue))
            return Wrong();
        var result = JsonArithmetic.Add(state.Exists ? state.PlainValue : JsonArithmetic.FromInteger(0), amount, subtract, out var sum);
        return result == SumResult.Done ? Store(state, command, context, sum) : AtomicOperations.SumFailed(result);
    }

    private static OperationResult Set(KeyState state, CacheCommand command, in OperationContext context, Value value)
    {
        if (!JsonArithmetic.IsNumber(value))
            return OperationResult.Fail(ErrorCode.InvalidArgument, "A counter is set to a number");
        return state.Exists && !JsonArithmetic.IsNumber(state.PlainValue) ? Wrong() : Store(state, command, context, value);
    }

    private static OperationResult Store(KeyState state, CacheCommand command, in OperationContext context, Value value)
    {
        var expiry = Rewriting.StructureExpiryOf(command, context.NowUs) ?? state.Expiry;
        return StructureReplies.Done(value, 1, new CacheChange.Put(value, expiry, InPlace: true));
    }

    private static Value AmountOf(CacheCommand command, long otherwise)
    {
        var arguments = command.Structure ?? StructureArguments.Empty;
        return arguments.Index is { } index ? JsonArithmetic.FromInteger(index)
            : arguments.Values.Length > 0 ? arguments.Values[0]
            : JsonArithmetic.FromInteger(otherwise);
    }

    private static OperationResult Wrong() => OperationResult.Fail(ErrorCode.WrongStructure, "The key does not hold a counter");
}
