using Grains.Json;

namespace Grains.Cache;

/// <summary>What the operations share that put a new value in place of the old.</summary>
internal static class Rewriting
{
    /// <summary>The expiry that the command asks for: what the entry has with keep_ttl, else the given time to live, else never.
    /// Of both, the time to live is for an entry that has none to keep: a lock must not become one for ever.</summary>
    public static Expiry ExpiryOf(KeyState state, CacheCommand command, long nowUs)
    {
        var keeps = command.KeepTtl && state.Exists && (command.Ttl is null || !state.Expiry.IsNever);
        return keeps ? state.Expiry : Expiry.After(command.Ttl, command.Sliding, nowUs);
    }

    /// <summary>The expiry that a structure operation asks for; null when the entry keeps its own.</summary>
    public static Expiry? StructureExpiryOf(CacheCommand command, long nowUs) =>
        command.Ttl is null || command.KeepTtl ? null : Expiry.After(command.Ttl, command.Sliding, nowUs);

    /// <summary>Stores <paramref name="value"/> and answers with the old and the new one.</summary>
    public static OperationResult Store(KeyState state, CacheCommand command, in OperationContext context, Value value, Value old)
    {
        if (JsonValue.IsLongerThan(value, context.Options.ValueBytesMax))
            return OperationResult.Fail(ErrorCode.ValueTooLarge, $"The value would be longer than {context.Options.ValueBytesMax} bytes");
        var change = new CacheChange.Put(value, ExpiryOf(state, command, context.NowUs), Metadata: command.Metadata ?? state.Metadata);
        return new OperationResult(new CacheReply { Value = value, OldValue = old }, change);
    }

    /// <summary>The refusal of a structure whose JSON would be longer than a value may be.</summary>
    public static OperationResult TooLongToRead(in OperationContext context) =>
        OperationResult.Fail(ErrorCode.ValueTooLarge, $"The answer would be longer than {context.Options.ValueBytesMax} bytes; read it in parts");
}
