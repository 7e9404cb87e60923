namespace Grains.Cache;

/// <summary>What a key's server-side structure is. List, queue and stack share one.</summary>
public enum StructureKind : byte
{
    Set = 1,
    Sequence = 2,
    Map = 3,
    SortedSet = 4,
}
