using Grains.Cache;
using Grains.Json;

namespace Grains.Local;

/// <summary>
/// Stores the pieces of a backup. Each entry is a write like any other: conditions, limits, revision, events and eviction come with its
/// turn. The first part of a structure begins it, each further one goes on where the one before ended; a part that comes again does
/// nothing.
/// </summary>
internal sealed class NamespaceRestore(LocalCache cache, CacheOptions options, TimeProvider time)
{
    private static readonly CacheOperation Delete = CacheOperations.All.Single(operation => operation.Name == "delete");

    private static readonly CacheOperation Exists = CacheOperations.All.Single(operation => operation.Name == "exists");

    private readonly BegunRestores _begun = new(options.Namespaces.RestoresMax);

    public NamespaceReply Restore(NamespaceCommand command, in WorkTime workTime)
    {
        if (command.MergeStrategy is not ("overwrite" or "skip_existing"))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "merge_strategy must be overwrite or skip_existing");
        if (BackupReader.Read(command.Data, time.NowUs(), out var backedUp, out var entries) is { } broken)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, broken);
        var target = command.Namespace.Length > 0 ? command.Namespace : backedUp;
        var restored = 0L;
        foreach (var entry in entries)
        {
            if (workTime.IsOver)
                return Stopped(ErrorCode.Timeout, $"The time is over: {restored} of {entries.Count} entries are restored");
            var reply = RestoreOne(new CacheKey(target, entry.Identifier, entry.Version), entry, command.MergeStrategy == "skip_existing");
            if (reply.IsError)
                return Stopped(reply.Error, $"{entry.Identifier}: {reply.Message}");
            restored += reply.Outcome == CacheOutcome.Hit && entry is { Entry: not null, Part: not { More: true } } ? 1 : 0;
        }

        return new NamespaceReply { Count = entries.Count, AffectedCount = restored };

        NamespaceReply Stopped(ErrorCode error, string message) =>
            new() { Error = error, Message = message, Count = entries.Count, AffectedCount = restored };
    }

    private CacheReply RestoreOne(CacheKey key, BackupEntry backup, bool skipExisting)
    {
        var begun = _begun.Find(key);
        if (backup.Entry is not { } entry)
            return TakeBack(key, backup.Part!.Of, begun);
        if (CheckLimits(entry) is { } refusal)
            return refusal;
        return backup.Part is { From: > 0 } part
            ? GoOn(key, entry, part, begun)
            : Begin(key, entry, backup.Part, begun, skipExisting);
    }

    private CacheReply Begin(CacheKey key, EntrySnapshot entry, BackupPart? part, BegunRestores.Begun? begun, bool skipExisting)
    {
        if (part is not null && begun is { Skipped: false } same && same.Of == part.Of && same.Next >= entry.MemberCount
            && RevisionOf(key) == same.Revision)
            return new CacheReply { Outcome = CacheOutcome.Hit };
        var command = new CacheCommand("restore");
        if (skipExisting)
        {
            // What an unfinished restore has put there is no entry that was there before.
            command = begun is { Skipped: false, Ended: false } && RevisionOf(key) == begun.Revision
                ? command with { IfRevision = begun.Revision }
                : command with { IfNotExists = true };
        }

        var reply = cache.Execute(key, RowOf((_, _, in _) => new OperationResult(default, new CacheChange.Restore(entry))), command);
        if (!reply.IsError && (part is not null || begun is not null))
        {
            var skipped = reply.Outcome != CacheOutcome.Hit;
            _begun.Set(key, new BegunRestores.Begun(part?.Of ?? "", entry.MemberCount, reply.Revision, skipped, part is not { More: true }));
        }

        return reply;
    }

    private CacheReply GoOn(CacheKey key, EntrySnapshot entry, BackupPart part, BegunRestores.Begun? begun)
    {
        if (begun is null || begun.Of != part.Of)
            return CacheReply.Fail(ErrorCode.InvalidArgument, "The parts of the structure before this one have not been restored");
        if (begun.Skipped)
            return new CacheReply { Outcome = CacheOutcome.Miss };
        var next = part.From + (long)entry.MemberCount;
        if (begun.Next >= next)
            return new CacheReply { Outcome = CacheOutcome.Hit };
        if (begun.Next != part.From)
            return CacheReply.Fail(ErrorCode.InvalidArgument, $"The part begins at member {part.From}, and {begun.Next} have been restored");
        var row = RowOf((state, _, in _) => ChangeOf(state, entry));
        var reply = cache.Execute(key, row, new CacheCommand("restore") { IfRevision = begun.Revision });
        if (reply.Outcome == CacheOutcome.Conflict)
            return CacheReply.Fail(ErrorCode.ConditionFailed, "The structure has changed since its first parts were restored");
        if (!reply.IsError)
            _begun.Set(key, begun with { Next = (int)next, Revision = reply.Revision, Ended = !part.More });
        return reply;
    }

    // The structure went away while it was being backed up: its first parts alone are nothing.
    private CacheReply TakeBack(CacheKey key, string of, BegunRestores.Begun? begun)
    {
        if (begun is not { Skipped: false, Ended: false } || begun.Of != of)
            return new CacheReply { Outcome = CacheOutcome.Miss };
        var reply = cache.Execute(key, Delete, CacheCommand.Delete with { IfRevision = begun.Revision });
        _begun.Set(key, begun with { Ended = true });
        return reply.Outcome == CacheOutcome.Conflict ? new CacheReply { Outcome = CacheOutcome.Miss } : reply;
    }

    private long RevisionOf(CacheKey key) => cache.Execute(key, Exists, CacheCommand.Exists).Revision;

    private CacheReply? CheckLimits(EntrySnapshot entry)
    {
        var max = options.ValueBytesMax;
        if (CommandCheck.Check(entry.Metadata, options) is { } refusal)
            return refusal.ToReply();
        if (JsonValue.IsLongerThan(entry.Value, max)
            || entry.Members.Any(member => JsonValue.IsLongerThan(member, max))
            || entry.Fields.Any(field => JsonValue.IsLongerThan(field.Value, max - JsonText.LengthOf(field.Field)))
            || entry.Scores.Any(scored => JsonValue.IsLongerThan(scored.Value, max)))
            return CacheReply.Fail(ErrorCode.ValueTooLarge, $"A value is longer than {max} bytes");
        return entry.MemberCount > options.StructureMembersMax ? TooMany() : null;
    }

    private CacheReply TooMany() =>
        CacheReply.Fail(ErrorCode.ValueTooLarge, $"A structure holds at most {options.StructureMembersMax} members");

    private OperationResult ChangeOf(KeyState state, EntrySnapshot entry)
    {
        var structure = state.Structure;
        if (structure is null || structure.Kind != entry.Structure)
            return OperationResult.Fail(ErrorCode.WrongStructure, "The parts of the backup are not of one structure");
        if ((long)structure.Count + entry.MemberCount > options.StructureMembersMax)
            return new OperationResult(TooMany());
        return new OperationResult(default, structure.Kind switch
        {
            StructureKind.Set => new CacheChange.SetMembers(entry.Members, [], null),
            StructureKind.Map => new CacheChange.MapFields(entry.Fields, [], null),
            StructureKind.SortedSet => new CacheChange.Scores(entry.Scores, [], null),
            _ => new CacheChange.Splice(structure.Count, 0, entry.Members, null),
        });
    }

    private static CacheOperation RowOf(OperationRule rule) => new("restore", rule) { Writes = true };
}
