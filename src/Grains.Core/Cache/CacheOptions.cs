using System.Collections.Immutable;

namespace Grains.Cache;

/// <summary>The settings of the cache. Every limit has an error: names 1110, values and structures 1111, op_ids 1112, memory 1114.</summary>
public sealed class CacheOptions
{
    /// <summary>Bytes that all entries, keys and namespaces together may take (<see cref="KeyState.MemoryBytes"/>); past it the least recently
    /// used go. Default 1 GiB; at least 64 KiB.</summary>
    public long MemoryBytesMax { get; set; } = 1L << 30;

    /// <summary>Characters of a namespace. Default 255; 1 to 1,024.</summary>
    public int NamespaceCharsMax { get; set; } = 255;

    /// <summary>Characters of an identifier. Default 1,024; 1 to 65,536.</summary>
    public int IdentifierCharsMax { get; set; } = 1_024;

    /// <summary>Characters of a version. Default 64; 6 (the default version's) to 1,024.</summary>
    public int VersionCharsMax { get; set; } = 64;

    /// <summary>Bytes of a value, of a structure's member, and of what one operation answers, as they are written in JSON: bytes count as
    /// their base64, so that each value fits a message alone. Default 16 MiB, or what a smaller message limit has room for; 1 KiB to 1 GiB.</summary>
    public int ValueBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes of an entry's tags, dependencies and creator, as they are written in JSON. Default 64 KiB, or
    /// an eighth of a smaller message; 64 to 16 MiB.</summary>
    public int MetadataBytesMax { get; set; } = 64 * 1024;

    /// <summary>Members of one structure. Default 16,777,216; 1 to 100,000,000.</summary>
    public int StructureMembersMax { get; set; } = 1 << 24;

    /// <summary>op_ids that one key remembers; one more is refused. Default 128; 1 to 65,536.</summary>
    public int OpIdsPerKeyMax { get; set; } = 128;

    /// <summary>How long an op_id is remembered. Default 5 minutes; 1 second to 1 day.</summary>
    public TimeSpan OpIdKeepFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Keys in one piece of a list, query or scan when the caller does not say. Default 1,000; 1 to 100,000.</summary>
    public int DefaultPageEntries { get; set; } = 1_000;

    /// <summary>Namespaces (globs) whose changes are published on <c>cache.events.NAMESPACE</c>. Default none.</summary>
    public IReadOnlyList<string> PublishChangesOf { get; set; } = [];

    /// <summary>Operations over namespaces.</summary>
    public NamespaceOptions Namespaces { get; } = new();

    /// <summary>What an answer or a piece of a backup with one entry has beside the entry's value, in bytes at most: the key, the metadata, and
    /// the members around them.</summary>
    public long EnvelopeBytes =>
        (8 * 1024) + MetadataBytesMax + (6L * (NamespaceCharsMax + IdentifierCharsMax + VersionCharsMax));

    /// <summary>Every setting that is out of range, one sentence each; empty when all is well.</summary>
    public ImmutableArray<string> Validate()
    {
        var errors = ImmutableArray.CreateBuilder<string>();
        Check(errors, nameof(MemoryBytesMax), MemoryBytesMax, 64 * 1024, long.MaxValue / 4);
        Check(errors, nameof(NamespaceCharsMax), NamespaceCharsMax, 1, 1_024);
        Check(errors, nameof(IdentifierCharsMax), IdentifierCharsMax, 1, 65_536);
        Check(errors, nameof(VersionCharsMax), VersionCharsMax, CacheKey.DefaultVersion.Length, 1_024);
        Check(errors, nameof(ValueBytesMax), ValueBytesMax, 1_024, 1 << 30);
        Check(errors, nameof(MetadataBytesMax), MetadataBytesMax, 64, 16 * 1024 * 1024);
        Check(errors, nameof(StructureMembersMax), StructureMembersMax, 1, 100_000_000);
        Check(errors, nameof(OpIdsPerKeyMax), OpIdsPerKeyMax, 1, 65_536);
        Check(errors, nameof(OpIdKeepFor) + " (seconds)", (long)OpIdKeepFor.TotalSeconds, 1, 86_400);
        Check(errors, nameof(DefaultPageEntries), DefaultPageEntries, 1, 100_000);
        Check(errors, "Namespaces:" + nameof(NamespaceOptions.ListBytesMax), Namespaces.ListBytesMax, 1_024, 512 * 1024 * 1024);
        Check(errors, "Namespaces:" + nameof(NamespaceOptions.PatternWildcardsMax), Namespaces.PatternWildcardsMax, 1, 1_024);
        Check(errors, "Namespaces:" + nameof(NamespaceOptions.ConfiguredMax), Namespaces.ConfiguredMax, 0, 1_000_000);
        Check(errors, "Namespaces:" + nameof(NamespaceOptions.RestoresMax), Namespaces.RestoresMax, 1, 1_000_000);
        if (PublishChangesOf.Any(string.IsNullOrEmpty))
            errors.Add($"{nameof(PublishChangesOf)} must be a list of names, none of them empty.");
        return errors.ToImmutable();
    }

    private static void Check(ImmutableArray<string>.Builder errors, string name, long value, long min, long max)
    {
        if (value < min || value > max)
            errors.Add($"{name} is {value} and must be from {min} to {max}.");
    }
}
