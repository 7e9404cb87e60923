using Grains.Cache;
using Grains.Json;

namespace Grains.Local;

/// <summary>What is left of one piece of a scan or a backup that another node has begun.</summary>
/// <param name="Bytes">Of a scan's keys as they are written, or of a backup's piece.</param>
/// <param name="Entries">Keys or entries.</param>
internal readonly record struct PieceRoom(long Bytes, int Entries)
{
    /// <summary>What a command's piece may have in all.</summary>
    public static PieceRoom Of(NamespaceCommand command, CacheOptions options) => command.Operation == "scan"
        ? new(options.Namespaces.ListBytesMax,
            Math.Min(command.MaxEntries ?? options.DefaultPageEntries, NamespaceOperations.ListedKeys))
        : new(Math.Min(command.MaxBytes ?? NamespaceBackup.PieceBytes, options.ValueBytesMax),
            Math.Min(command.MaxEntries ?? NamespaceBackup.PieceEntries, NamespaceBackup.PieceEntries));

    /// <summary>What is left when a piece has been given that can be gone on with; null when it is empty, so that another begins it.</summary>
    public PieceRoom? After(NamespaceCommand command, NamespaceReply piece)
    {
        var entries = Entries - (int)piece.Count;
        if (command.Operation == "scan")
            return piece.Keys.IsEmpty ? null : new(Bytes - piece.Keys.Sum(LengthOf), entries);
        return BackupPieces.IsEmpty(command.Namespace, piece.Data)
            ? null
            : new(Bytes - piece.Data.Bytes.Length + BackupPieces.JoiningBytes(command.Namespace), entries);
    }

    /// <summary>What a key takes of a list.</summary>
    public static long LengthOf(string key) => JsonText.LengthOf(key) + 1;
}
