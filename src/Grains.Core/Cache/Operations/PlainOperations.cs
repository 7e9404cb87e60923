namespace Grains.Cache;

/// <summary>get, put, delete, exists and touch.</summary>
internal static class PlainOperations
{
    public static readonly CacheOperation[] Rows =
    [
        new("get", Get) { Accesses = true },
        new("put", Put) { Writes = true, Reads = CacheArguments.Value | CacheArguments.Ttl | CacheArguments.Metadata },
        new("delete", Delete) { Writes = true },
        new("exists", Exists),
        new("touch", Touch) { Writes = true, Accesses = true, Reads = CacheArguments.Ttl },
    ];

    private static readonly OperationResult Miss = new(new CacheReply { Outcome = CacheOutcome.Miss });

    private static OperationResult Get(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.Exists)
            return Miss;
        return state.TryRender(context.Options.ValueBytesMax, out var value)
            ? new OperationResult(new CacheReply { Value = value })
            : Rewriting.TooLongToRead(context);
    }

    // An absent value stores null: the client guide releases a lock by putting nothing.
    private static OperationResult Put(KeyState state, CacheCommand command, in OperationContext context)
    {
        var value = command.Value.IsNone ? Value.Null : command.Value;
        var change = new CacheChange.Put(value, Rewriting.ExpiryOf(state, command, context.NowUs), Metadata: command.Metadata);
        return new OperationResult(new CacheReply { Value = value }, change);
    }

    private static OperationResult Delete(KeyState state, CacheCommand command, in OperationContext context) =>
        state.Exists ? new OperationResult(default, new CacheChange.Remove(RemovalCause.Delete)) : Miss;

    private static OperationResult Exists(KeyState state, CacheCommand command, in OperationContext context) =>
        state.Exists ? default : Miss;

    private static OperationResult Touch(KeyState state, CacheCommand command, in OperationContext context)
    {
        if (!state.Exists)
            return Miss;
        if (command.KeepTtl)
            return default;
        var expiry = Expiry.After(command.Ttl, command.Sliding || state.Expiry.Sliding, context.NowUs);
        return new OperationResult(default, new CacheChange.SetExpiry(expiry));
    }
}
