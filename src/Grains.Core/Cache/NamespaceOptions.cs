namespace Grains.Cache;

/// <summary>The settings of operations over namespaces.</summary>
public sealed class NamespaceOptions
{
    /// <summary>Bytes of the keys, as they are written, in one answer of list, query or scan: list and query leave the rest out and say
    /// so, scan gives its cursor. Default 4 MiB, or half of a smaller message limit; 1 KiB to 512 MiB.</summary>
    public int ListBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary><c>*</c> and <c>?</c> in one pattern; a pattern with more is refused (1113). Default 64; 1 to 1,024.</summary>
    public int PatternWildcardsMax { get; set; } = 64;

    /// <summary>Namespaces that clients can configure; one more is refused (1114). Default 10,000; 0 to 1,000,000.</summary>
    public int ConfiguredMax { get; set; } = 10_000;

    /// <summary>Structures of several backup pieces whose restore has begun and is remembered; past it the oldest is forgotten, and its next
    /// piece refused. Default 1,000; 1 to 1,000,000.</summary>
    public int RestoresMax { get; set; } = 1_000;
}
