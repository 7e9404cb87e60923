namespace Grains.Cache;

/// <summary>Which part of a structure an entry of a backup is.</summary>
/// <param name="Of">Names the backup of the one structure: parts of different ones do not go together.</param>
/// <param name="From">Members in the parts before.</param>
/// <param name="More">Another part follows.</param>
public sealed record BackupPart(string Of, int From, bool More);
