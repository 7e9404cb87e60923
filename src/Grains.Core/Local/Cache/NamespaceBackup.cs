using Grains.Cache;

namespace Grains.Local;

/// <summary>
/// Backup and restore of a namespace in pieces: each piece is bounded in bytes, so the memory it takes is too, however large the namespace.
/// An entry that is too large for a piece has one of its own, up to the length of a value; a longer structure is refused by name.
/// </summary>
internal sealed class NamespaceBackup(LocalCache cache, NamespaceIndex namespaces, CacheOptions options, TimeProvider time)
{
    private const int PieceBytes = 4 * 1024 * 1024;
    private const int PieceEntries = 100_000;
    private const int StepGrains = 64;

    public NamespaceReply Backup(NamespaceCommand command)
    {
        if (command.MaxBytes is < 1_024)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "max_bytes must be at least 1024");
        if (!GrainOrder.TryParse(command.Namespace, command.Cursor, out var place))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "The cursor is not one of this namespace and this run of the server");
        using var piece = new BackupWriter(command.Namespace, Math.Min(command.MaxBytes ?? PieceBytes, options.ValueBytesMax));
        if (namespaces.TryGet(command.Namespace) is not { } table)
            return new NamespaceReply { Data = piece.Finish() };
        var max = Math.Min(command.MaxEntries ?? PieceEntries, PieceEntries);
        var grains = new KeyGrain?[StepGrains];
        while (true)
        {
            var step = place;
            var count = NamespaceOperations.Take(table, ref step, grains);
            foreach (var grain in grains.AsSpan(0, count))
            {
                if (piece.Count == max)
                    return Piece(piece, place);
                if (Glob.IsMatch(command.Pattern, grain!.Identifier) && cache.Look(grain, static state => state.Snapshot()) is { } entry
                    && !piece.TryAdd(grain.Identifier, grain.Version, entry, time.NowUs()))
                    return piece.Count > 0 ? Piece(piece, place) : Alone(grain, entry);
                place = GrainOrder.Of(grain);
            }

            if (count < grains.Length)
                return new NamespaceReply { Data = piece.Finish(), Count = piece.Count };
        }
    }

    public NamespaceReply Restore(NamespaceCommand command)
    {
        if (command.MergeStrategy is not ("overwrite" or "skip_existing"))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "merge_strategy must be overwrite or skip_existing");
        if (BackupReader.Read(command.Data, time.NowUs(), out var backedUp, out var entries) is { } broken)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, broken);
        var target = command.Namespace.Length > 0 ? command.Namespace : backedUp;
        var restored = 0L;
        foreach (var entry in entries)
        {
            var reply = RestoreOne(new CacheKey(target, entry.Identifier, entry.Version), entry.Entry, command.MergeStrategy == "skip_existing");
            if (reply.IsError)
            {
                return new NamespaceReply
                {
                    Error = reply.Error,
                    Message = $"{entry.Identifier}: {reply.Message}",
                    Count = entries.Count,
                    AffectedCount = restored,
                };
            }

            restored += reply.Outcome == CacheOutcome.Hit ? 1 : 0;
        }

        return new NamespaceReply { Count = entries.Count, AffectedCount = restored };
    }

    private static NamespaceReply Piece(BackupWriter piece, in GrainOrder place) =>
        new() { Data = piece.Finish(), Count = piece.Count, Cursor = place.ToCursor() };

    private NamespaceReply Alone(KeyGrain grain, EntrySnapshot entry)
    {
        using var piece = new BackupWriter(grain.Table.Name, int.MaxValue / 2);
        if (entry.ContentBytes <= options.ValueBytesMax && piece.TryAdd(grain.Identifier, grain.Version, entry, time.NowUs()))
            return Piece(piece, GrainOrder.Of(grain));
        return NamespaceReply.Fail(
            ErrorCode.ValueTooLarge, $"{grain.Identifier} is longer than {options.ValueBytesMax} bytes; read it in parts") with
        {
            Cursor = GrainOrder.Of(grain).ToCursor(),
        };
    }

    // A row like any other, made for this entry: conditions, limits, revision, events and eviction come with the turn.
    private CacheReply RestoreOne(CacheKey key, EntrySnapshot entry, bool skipExisting)
    {
        if (entry.Value.Bytes.Length > options.ValueBytesMax)
            return CacheReply.Fail(ErrorCode.ValueTooLarge, $"A value is longer than {options.ValueBytesMax} bytes");
        if (Math.Max(entry.Members.Length, Math.Max(entry.Fields.Length, entry.Scores.Length)) > options.StructureMembersMax)
            return CacheReply.Fail(ErrorCode.ValueTooLarge, $"A structure holds at most {options.StructureMembersMax} members");
        var row = new CacheOperation("restore", (KeyState _, CacheCommand _, in OperationContext _) =>
            new OperationResult(default, new CacheChange.Restore(entry))) { Writes = true };
        return cache.Execute(key, row, new CacheCommand("restore") { IfNotExists = skipExisting });
    }
}
