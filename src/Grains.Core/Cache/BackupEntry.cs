namespace Grains.Cache;

/// <summary>An entry of a backup with its key.</summary>
/// <param name="Identifier">The key's.</param>
/// <param name="Version">The key's.</param>
/// <param name="Entry">The entry, or some members of its structure; null: it has gone while its parts were backed up.</param>
/// <param name="Part">Which part of a structure that spans several pieces; null for a whole entry.</param>
public sealed record BackupEntry(string Identifier, string Version, EntrySnapshot? Entry, BackupPart? Part = null);
