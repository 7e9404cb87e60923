using Grains.Json;

namespace Grains.Cache;

/// <summary>test_and_set, compare_and_swap, increment, decrement, extend_ttl; append and prepend are in <see cref="AppendOperations"/>.</summary>
internal static class AtomicOperations
{
    private const CacheArguments Replacing = CacheArguments.Value | CacheArguments.Expected | CacheArguments.Ttl | CacheArguments.Metadata;
    private const CacheArguments Summing = CacheArguments.By | CacheArguments.Initial | CacheArguments.Ttl | CacheArguments.CreateIfMissing;

    public static readonly CacheOperation[] Rows =
    [
        Replace("test_and_set", "Test condition failed"),
        Replace("compare_and_swap", "Compare condition failed"),
        new("increment", (state, command, in context) => Add(state, command, context, subtract: false)) { Writes = true, Reads = Summing },
        new("decrement", (state, command, in context) => Add(state, command, context, subtract: true)) { Writes = true, Reads = Summing },
        new("extend_ttl", ExtendTtl) { Writes = true, Reads = CacheArguments.Ttl, Required = CacheArguments.Ttl },
        .. AppendOperations.Rows,
    ];

    private static CacheOperation Replace(string name, string failure) =>
        new(name, (state, command, in context) => Replace(state, command, context, failure))
        {
            Writes = true,
            Reads = Replacing,
            ConditionMessage = failure,
        };

    // With a revision to compare with (checked with the other conditions) and no expected value, or null, the revision alone decides.
    private static OperationResult Replace(KeyState state, CacheCommand command, in OperationContext context, string failure)
    {
        if (!state.TryRender(context.Options.ValueBytesMax, out var current))
            return Rewriting.TooLongToRead(context);
        var byRevision = command.IfRevision is not null && (command.Expected.IsNone || command.Expected.IsNull);
        if (!byRevision && !JsonMeaning.Equal(current.IsNone ? Value.Null : current, command.Expected.IsNone ? Value.Null : command.Expected))
        {
            return new OperationResult(new CacheReply
            {
                Outcome = CacheOutcome.Conflict,
                Error = ErrorCode.ConditionFailed,
                Message = failure,
                OldValue = current,
            });
        }

        return Rewriting.Store(state, command, context, command.Value.IsNone ? Value.Null : command.Value, current);
    }

    private static OperationResult Add(KeyState state, CacheCommand command, in OperationContext context, bool subtract)
    {
        var by = command.By.IsNone ? JsonArithmetic.FromInteger(1) : command.By;
        var initial = command.Initial.IsNone || command.Initial.IsNull ? JsonArithmetic.FromInteger(0) : command.Initial;
        if (!JsonArithmetic.IsNumber(by) || !JsonArithmetic.IsNumber(initial))
            return OperationResult.Fail(ErrorCode.InvalidArgument, $"{command.Operation} needs numbers to add");
        var result = JsonArithmetic.Add(state.Exists ? state.PlainValue : initial, by, subtract, out var sum);
        return result == SumResult.Done
            ? Rewriting.Store(state, command, context, sum, state.PlainValue)
            : SumFailed(result);
    }

    /// <summary>The refusal of a sum that could not be made.</summary>
    public static OperationResult SumFailed(SumResult result) => result == SumResult.Overflow
        ? OperationResult.Fail(ErrorCode.Overflow, "The number would overflow")
        : OperationResult.Fail(ErrorCode.NotNumeric, "Value is not numeric");

    private static OperationResult ExtendTtl(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.Exists)
            return OperationResult.Fail(ErrorCode.NotFound, "Key not found");
        if (!state.TryRender(context.Options.ValueBytesMax, out var value))
            value = default;
        var expiry = Expiry.After(command.Ttl, command.Sliding || state.Expiry.Sliding, context.NowUs);
        return new OperationResult(new CacheReply { Value = value, OldValue = value }, new CacheChange.SetExpiry(expiry));
    }
}
