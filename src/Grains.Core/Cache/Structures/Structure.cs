using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// A structure that lives in the server and is changed in place, so that an operation costs what it touches and not the whole.
/// It belongs to one <see cref="KeyState"/> and is touched only in that key's turn.
/// </summary>
public abstract class Structure
{
    public abstract StructureKind Kind { get; }

    public abstract int Count { get; }

    /// <summary>Bytes of the members (and field names) themselves.</summary>
    public long ContentBytes { get; protected set; }

    /// <summary>What one member costs in memory beside its own bytes.</summary>
    public abstract int MemberOverheadBytes { get; }

    public long MemoryBytes => ContentBytes + ((long)Count * MemberOverheadBytes);

    /// <summary>Appends the whole as JSON: an array, an object, or for a sorted set an array of [score, member].</summary>
    public abstract void AppendJson(Utf8Buffer to);

    public abstract void Clear();

    public static Structure Create(StructureKind kind) => kind switch
    {
        StructureKind.Set => new SetStructure(),
        StructureKind.Sequence => new SequenceStructure(),
        StructureKind.Map => new MapStructure(),
        _ => new SortedSetStructure(),
    };
}
