using System.Collections.Immutable;

namespace Grains.Cache;

/// <summary>
/// What one write changed in one key: plain immutable data whose size follows what changed, not what the entry holds. An operation's
/// row makes it, <see cref="KeyState.Apply"/> carries it out; a journal that keeps each change with its revision and time gets the same
/// state back by applying them in order to an empty one.
/// </summary>
public abstract record CacheChange
{
    private CacheChange()
    {
    }

    /// <summary>False for changes that leave the value alone: the entry keeps its revision.</summary>
    public virtual bool TakesRevision => true;

    /// <summary>Upper bound of the memory that this adds, in bytes.</summary>
    public abstract long AddedBytes { get; }

    /// <summary>The value is stored in place of whatever was there.</summary>
    /// <param name="Value">JSON, text or bytes.</param>
    /// <param name="Expiry">The entry's new expiry.</param>
    /// <param name="InPlace">The entry goes on (a counter): creation time, access count and metadata stay.</param>
    /// <param name="Metadata">Kept with the new entry.</param>
    public sealed record Put(Value Value, Expiry Expiry, bool InPlace = false, EntryMetadata? Metadata = null) : CacheChange
    {
        public override long AddedBytes => Value.Bytes.Length + KeyState.MetadataBytes(Metadata);
    }

    /// <summary>The whole entry as a backup or a snapshot had it.</summary>
    public sealed record Restore(EntrySnapshot Snapshot) : CacheChange
    {
        public override long AddedBytes => Snapshot.ContentBytes + KeyState.MetadataBytes(Snapshot.Metadata)
            + (208L * (Snapshot.Members.Length + Snapshot.Fields.Length + Snapshot.Scores.Length));
    }

    public sealed record Remove(RemovalCause Cause) : CacheChange
    {
        public override long AddedBytes => 0;
    }

    public sealed record SetExpiry(Expiry Expiry) : CacheChange
    {
        public override bool TakesRevision => false;

        public override long AddedBytes => 0;
    }

    /// <summary>A change inside a structure. A missing key first becomes an empty one, a plain value of natural shape is converted.</summary>
    /// <param name="Kind">The structure.</param>
    /// <param name="Expiry">The new expiry; null keeps what the entry has.</param>
    public abstract record InStructure(StructureKind Kind, Expiry? Expiry) : CacheChange;

    public sealed record Clear(StructureKind Kind, Expiry? Expiry) : InStructure(Kind, Expiry)
    {
        public override long AddedBytes => 0;
    }

    public sealed record SetMembers(ImmutableArray<Value> Added, ImmutableArray<Value> Removed, Expiry? Expiry)
        : InStructure(StructureKind.Set, Expiry)
    {
        public override long AddedBytes => Sum(Added, 96);
    }

    /// <summary>Items are taken out at <paramref name="Index"/>, then others put in there.</summary>
    public sealed record Splice(int Index, int Removed, ImmutableArray<Value> Inserted, Expiry? Expiry)
        : InStructure(StructureKind.Sequence, Expiry)
    {
        public override long AddedBytes => Sum(Inserted, 64);
    }

    /// <summary>Items are taken out at these indexes, which are in ascending order and count from before the change.</summary>
    public sealed record RemoveItems(ImmutableArray<int> Indexes, Expiry? Expiry) : InStructure(StructureKind.Sequence, Expiry)
    {
        public override long AddedBytes => 0;
    }

    /// <summary>Fields get values (sums are already computed), others go.</summary>
    public sealed record MapFields(ImmutableArray<FieldUpdate> Set, ImmutableArray<string> Removed, Expiry? Expiry)
        : InStructure(StructureKind.Map, Expiry)
    {
        public override long AddedBytes
        {
            get
            {
                var bytes = 0L;
                foreach (var update in Set)
                    bytes += 112 + (2 * update.Field.Length) + update.Value.Bytes.Length;
                return bytes;
            }
        }
    }

    public sealed record Scores(ImmutableArray<ScoredValue> Set, ImmutableArray<Value> Removed, Expiry? Expiry)
        : InStructure(StructureKind.SortedSet, Expiry)
    {
        public override long AddedBytes
        {
            get
            {
                var bytes = 0L;
                foreach (var scored in Set)
                    bytes += 208 + scored.Value.Bytes.Length;
                return bytes;
            }
        }
    }

    private static long Sum(ImmutableArray<Value> values, int overheadBytes)
    {
        var bytes = 0L;
        foreach (var value in values)
            bytes += overheadBytes + value.Bytes.Length;
        return bytes;
    }
}
