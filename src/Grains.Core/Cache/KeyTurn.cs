using System.Runtime.CompilerServices;

namespace Grains.Cache;

/// <summary>
/// One operation in a key's turn, the same in every engine: (1) an entry whose time has passed leaves, (2) a known op_id gets its first answer,
/// (3) conditions hold or the answer is a conflict, (4) the row decides, (5) its change is applied under a new revision, (6) the
/// answer is remembered for its op_id. The caller makes sure that turns of one key run one at a time.
/// </summary>
public static class KeyTurn
{
    /// <param name="state">The key.</param>
    /// <param name="operation">The row of the command, which <see cref="CommandCheck"/> has passed.</param>
    /// <param name="command">The command.</param>
    /// <param name="context">Time and limits.</param>
    /// <param name="revisions">Where new revisions come from.</param>
    /// <param name="unevictableBytes">Memory that no eviction frees, of all keys: what the op_ids take.</param>
    public static TurnResult Run(
        KeyState state, CacheOperation operation, CacheCommand command, in OperationContext context, RevisionAllocator revisions,
        long unevictableBytes = 0)
    {
        Run(state, operation, command, context, revisions, unevictableBytes, out var reply, out var change, out var expired);
        return new TurnResult { Reply = reply, ExpiredRevision = expired, Change = change };
    }

    /// <summary>The same without a copy of the answer, which is long: each copy, and the room for it, is a part of what a get costs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Run(
        KeyState state, CacheOperation operation, CacheCommand command, in OperationContext context, RevisionAllocator revisions,
        long unevictableBytes, out CacheReply reply, out CacheChange? change, out long expired)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(revisions);
        change = null;
        expired = Expire(state, context.NowUs);
        var opId = operation.Writes ? command.OpId : null;
        if (opId is not null && TryRepeat(state, operation, opId, context, out reply))
            return;

        var existed = state.Exists;
        var oldRevision = state.Revision;
        var decided = Decide(state, operation, command, context);
        if ((decided.Change is not null || opId is not null)
            && CheckRoom(state, operation, decided.Change, opId, decided.Reply, context.Options, unevictableBytes) is { } noRoom)
            decided = new OperationResult(noRoom.ToReply(state.Exists));
        change = decided.Change;
        if (change is not null)
            state.Apply(change, change.TakesRevision && change is not CacheChange.Remove ? revisions.Next() : state.Revision, context.NowUs);
        reply = decided.Reply with { Existed = existed, OldRevision = oldRevision, Revision = state.Revision, Entry = state.Info };
        if (opId is not null && ErrorCodes.RetryOf(reply.Error) != Retry.Safe)
            state.Remember(opId, operation.Name, reply, context.NowUs + context.Options.OpIdKeepFor.ToUs());
    }

    /// <summary>Removes the entry when its time has passed.</summary>
    /// <returns>The revision it had; 0 when nothing happened.</returns>
    public static long Expire(KeyState state, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Exists && state.Expiry.HasPassed(nowUs) ? Remove(state, RemovalCause.Expire, nowUs) : 0;
    }

    /// <summary>Removes the entry for a reason of the engine's own.</summary>
    /// <returns>The revision it had; 0 when there was none.</returns>
    public static long Remove(KeyState state, RemovalCause cause, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(state);
        var revision = state.Revision;
        if (state.Exists)
            state.Apply(new CacheChange.Remove(cause), 0, nowUs);
        return revision;
    }

    /// <summary>The first answer to an op_id that is known, or a refusal when there is no room for another.</summary>
    private static bool TryRepeat(KeyState state, CacheOperation operation, string opId, in OperationContext context, out CacheReply reply)
    {
        state.ForgetOpIds(context.NowUs);
        if (state.OpIds is { } opIds && opIds.TryGet(opId, out var of, out var first))
        {
            reply = Repeat(state, operation, of, first);
            return true;
        }

        var isFull = state.OpIds is { } full && full.Count >= context.Options.OpIdsPerKeyMax;
        reply = !isFull ? default : CacheReply.Fail(
            ErrorCode.OpIdMemoryFull, $"The key remembers {context.Options.OpIdsPerKeyMax} op_ids already", state.Exists);
        return isFull;
    }

    // An id that comes with another operation is a mistake of the client's: it must not take the first one's answer for its own.
    private static CacheReply Repeat(KeyState state, CacheOperation operation, string of, in CacheReply first) => of == operation.Name
        ? first with { Repeated = true }
        : CacheReply.Fail(ErrorCode.InvalidArgument, "The op_id belongs to another operation on this key", state.Exists);

    private static OperationResult Decide(KeyState state, CacheOperation operation, CacheCommand command, in OperationContext context)
    {
        if (operation.Writes && FailedCondition(state, operation, command) is { } failure)
            return Conflict(state, failure, context.Options);
        if (!state.Exists && !command.CreateIfMissing && (operation.Reads & CacheArguments.CreateIfMissing) != 0)
            return OperationResult.Fail(ErrorCode.NotFound, "Key not found");
        if (operation.Accesses && state.Exists)
            state.Access(context.NowUs);
        return operation.Rule(state, command, context);
    }

    private static string? FailedCondition(KeyState state, CacheOperation operation, CacheCommand command) =>
        command.IfNotExists && state.Exists ? "Key already exists"
        : command.IfExists && !state.Exists ? "Key does not exist"
        : command.IfRevision is { } revision && revision != state.Revision ? operation.ConditionMessage
        : null;

    private static OperationResult Conflict(KeyState state, string message, CacheOptions options)
    {
        // A structure that is too long to be shown leaves the old value out.
        state.TryRender(options.ValueBytesMax, out var old);
        return new OperationResult(new CacheReply
        {
            Outcome = CacheOutcome.Conflict,
            Error = ErrorCode.ConditionFailed,
            Message = message,
            OldValue = old,
        });
    }

    private static CacheRefusal? CheckRoom(
        KeyState state, CacheOperation operation, CacheChange? change, string? opId, in CacheReply reply, CacheOptions options,
        long unevictableBytes)
    {
        var added = change?.AddedBytes ?? 0;
        if (added == 0 && opId is null)
            return null;
        var entry = change is CacheChange.InStructure && state.Exists ? state.MemoryBytes + added
            : change is null ? 0
            : KeyState.EntryOverheadBytes + added;
        if (entry > options.MemoryBytesMax)
            return new CacheRefusal(ErrorCode.ValueTooLarge, "The entry would be larger than the whole memory budget");
        var needed = entry + unevictableBytes + (opId is null ? 0 : OpIdMemory.CostOf(opId, operation.Name, reply));
        return needed > options.MemoryBytesMax
            ? new CacheRefusal(ErrorCode.OutOfMemory, "The memory budget is used up")
            : null;
    }
}
