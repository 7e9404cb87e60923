using Grains.Cache;

namespace Grains.Local;

/// <summary>
/// One key of the Local engine: its state, which it extends so that both are one object, and its places in the index and the heaps. The grain
/// itself is the lock of its turn; while that is held the index and the heaps may be locked, never the other way round, and never a second grain.
/// </summary>
internal sealed class KeyGrain(NamespaceTable table, CacheKey key) : KeyState
{
    /// <summary>Slot of a grain that is not in a heap.</summary>
    public const int NoSlot = -1;

    public KeyState State => this;

    /// <summary>The next grain of the bucket, in <see cref="GrainOrder"/>. Written under the table's lock, read without.</summary>
    public volatile KeyGrain? Next;

    /// <summary>Set in its last turn: whoever still has it looks the key up again.</summary>
    public volatile bool Removed;

    /// <summary>Who is told when nothing is kept of the key any more; on an engine that spreads keys over nodes.</summary>
    public IKeyOwner? Owner;

    /// <summary>Places in the two heaps; each belongs to its heap's lock.</summary>
    public int ExpirySlot = NoSlot;

    public int RecencySlot = NoSlot;

    public NamespaceTable Table { get; } = table;

    public string Identifier { get; } = key.Identifier;

    public string Version { get; } = key.Version == CacheKey.DefaultVersion ? CacheKey.DefaultVersion : key.Version;

    /// <summary>Orders the index; the same for equal keys within one process.</summary>
    public uint Hash { get; } = (uint)key.GetHashCode();

    /// <summary>Bytes of the key's own text.</summary>
    public int KeyBytes => 2 * Identifier.Length;
}
