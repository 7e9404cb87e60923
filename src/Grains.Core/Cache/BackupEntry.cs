namespace Grains.Cache;

/// <summary>An entry of a backup with its key.</summary>
public sealed record BackupEntry(string Identifier, string Version, EntrySnapshot Entry);
