using System.Globalization;
using Grains.Cache;

namespace Grains.Local;

/// <summary>
/// Backup of a namespace in pieces: each piece is bounded in bytes, so the memory it takes is too, however large the namespace. A value
/// that is longer than the piece has one of its own, and fits a message as each value does; a structure that is longer is cut between
/// members, and begun again when it changes before its last part was read.
/// </summary>
internal sealed class NamespaceBackup(LocalCache cache, NamespaceIndex namespaces, CacheOptions options, TimeProvider time)
{
    /// <summary>Bytes of one piece, and entries in it, when the command does not say less.</summary>
    public const int PieceBytes = 4 * 1024 * 1024;
    public const int PieceEntries = 100_000;

    private const int StepGrains = 64;

    /// <param name="command">The command.</param>
    /// <param name="workTime">The time there is.</param>
    /// <param name="rest">What is left of the piece that another node has begun: what does not fit is left for the next.</param>
    public NamespaceReply Backup(NamespaceCommand command, in WorkTime workTime, PieceRoom? rest = null)
    {
        if (command.MaxBytes is < 1_024)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "max_bytes must be at least 1024");
        if (!BackupPlace.TryParse(command.Namespace, command.Cursor, out var place))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "The cursor is not one of this namespace and this run of the server");
        var room = rest ?? PieceRoom.Of(command, options);
        using var piece = new BackupWriter(command.Namespace, (int)room.Bytes);
        if (namespaces.TryGet(command.Namespace) is not { } table)
            return new NamespaceReply { Data = piece.Finish() };
        if (place.Of != 0 && Resume(command.Namespace, table, piece, ref place) is { } part)
            return part;
        var grains = new KeyGrain?[StepGrains];
        while (true)
        {
            var step = place.Key;
            var count = NamespaceOperations.Take(table, ref step, grains);
            foreach (var grain in grains.AsSpan(0, count))
            {
                if (piece.Count == room.Entries)
                    return Piece(piece, place);
                if (Glob.IsMatch(command.Pattern, grain!.Identifier) && Look(grain) is ({ } entry, var revision)
                    && !piece.TryAdd(grain.Identifier, grain.Version, entry, time.NowUs()))
                    return piece.IsEmpty && rest is null ? Alone(piece, grain, entry, revision, ref place) : Piece(piece, place);
                place = new BackupPlace(GrainOrder.Of(grain));
            }

            if (count < grains.Length)
                return new NamespaceReply { Data = piece.Finish(), Count = piece.Count };
            if (workTime.IsOver)
                return Piece(piece, place);
        }
    }

    private static NamespaceReply Piece(BackupWriter piece, in BackupPlace place) =>
        new() { Data = piece.Finish(), Count = piece.Count, Cursor = place.ToCursor() };

    private (EntrySnapshot? Entry, long Revision) Look(KeyGrain grain) =>
        cache.Look(grain, static state => (state.Snapshot(), state.Revision));

    // The structure whose parts were being read goes on; as it is now, if it has changed.
    private NamespaceReply? Resume(string @namespace, NamespaceTable table, BackupWriter piece, ref BackupPlace place)
    {
        var key = new CacheKey(@namespace, place.Key.Identifier, place.Key.Version);
        var (of, from) = (place.Of, place.From);
        var grain = table.Find(key);
        if (grain is null || Look(grain) is not ({ } entry, var revision))
        {
            piece.AddGone(key.Identifier, key.Version, of.ToString(CultureInfo.InvariantCulture));
            place = new BackupPlace(place.Key);
            return null;
        }

        if (revision == of && entry.Structure is not null)
            return Part(piece, grain, entry, revision, from, ref place);
        place = new BackupPlace(place.Key);
        return piece.TryAdd(key.Identifier, key.Version, entry, time.NowUs()) ? null : Alone(piece, grain, entry, revision, ref place);
    }

    private NamespaceReply Alone(BackupWriter piece, KeyGrain grain, EntrySnapshot entry, long revision, ref BackupPlace place)
    {
        if (entry.Structure is not null)
            return Part(piece, grain, entry, revision, 0, ref place) ?? Piece(piece, place);
        using var own = new BackupWriter(grain.Table.Name, (int)Math.Min(int.MaxValue / 2, options.ValueBytesMax + options.EnvelopeBytes));
        place = new BackupPlace(GrainOrder.Of(grain));
        return own.TryAdd(grain.Identifier, grain.Version, entry, time.NowUs())
            ? Piece(own, place)
            : NamespaceReply.Fail(ErrorCode.ValueTooLarge, $"{grain.Identifier} is longer than {options.ValueBytesMax} bytes");
    }

    /// <returns>The piece, when more parts follow; null when this was the last one and the piece may take more.</returns>
    private NamespaceReply? Part(BackupWriter piece, KeyGrain grain, EntrySnapshot entry, long revision, int from, ref BackupPlace place)
    {
        var next = piece.AddPart(
            grain.Identifier, grain.Version, entry, time.NowUs(), revision.ToString(CultureInfo.InvariantCulture), from);
        place = new BackupPlace(GrainOrder.Of(grain), next is null ? 0 : revision, next ?? 0);
        return next is null ? null : Piece(piece, place);
    }
}
