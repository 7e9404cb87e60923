using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// Everything one key is: its entry (a value or a structure, revision, times, metadata), if there is one, and its memory of op_ids.
/// Belongs to one key grain and is touched only in that key's turn. Rows of <see cref="CacheOperations"/> read it; what they
/// change goes through <see cref="Apply"/>, which is deterministic, so that a journal of changes is the key. Accesses and
/// the renewal of sliding expiry are kept in place and are no changes.
/// </summary>
public partial class KeyState
{
    /// <summary>What an entry costs in memory beside its key and its contents: this object, its grain, array headers, index and heap slots.</summary>
    public const int EntryOverheadBytes = 256;

    // A byte[] for a plain value (an exact array of its own), a Structure, or null when there is no entry.
    private object? _content;

    // Small fields, and the expiry in its parts, lie side by side: there is one of these for each key.
    private long _expiresAtUs = long.MaxValue;
    private long _ttlUs;
    private uint _accessCount;
    private ValueKind _kind;
    private bool _sliding;

    public bool Exists => _content is not null;

    /// <summary>What holds the value, to be asked for before it is read.</summary>
    internal object? Content => _content;

    /// <summary>0 when there is no entry.</summary>
    public long Revision { get; private set; }

    public long CreatedAtUs { get; private set; }

    public long LastAccessAtUs { get; private set; }

    public long AccessCount => _accessCount;

    public Expiry Expiry
    {
        get => new(_expiresAtUs, _ttlUs, _sliding);
        private set => (_expiresAtUs, _ttlUs, _sliding) = (value.AtUs, value.TtlUs, value.Sliding);
    }

    public EntryMetadata? Metadata { get; private set; }

    public OpIdMemory? OpIds { get; private set; }

    /// <summary>The structure, when the key holds one.</summary>
    public Structure? Structure => _content as Structure;

    /// <summary>The value, when it is plain; none for a structure or a missing key.</summary>
    public Value PlainValue => _content is byte[] bytes ? new Value(_kind, bytes) : default;

    /// <summary>Bytes of the value or of the structure's members.</summary>
    public long ContentBytes => _content switch
    {
        byte[] bytes => bytes.Length,
        Structure structure => structure.ContentBytes,
        _ => 0,
    };

    /// <summary>What the entry counts for in the memory budget, in bytes; 0 without an entry. The op_ids count for themselves.</summary>
    public long MemoryBytes => _content switch
    {
        byte[] bytes => EntryOverheadBytes + bytes.Length + MetadataBytes(Metadata),
        Structure structure => EntryOverheadBytes + structure.MemoryBytes + MetadataBytes(Metadata),
        _ => 0,
    };

    public EntryInfo Info => !Exists ? default : new EntryInfo
    {
        CreatedAtUs = CreatedAtUs,
        LastAccessAtUs = LastAccessAtUs,
        AccessCount = AccessCount,
        SizeBytes = ContentBytes,
        Ttl = Expiry.IsNever ? null : new TimeSpan(_ttlUs * TimeSpan.TicksPerMicrosecond),
        ExpiresAtUs = Expiry.IsNever ? null : _expiresAtUs,
        Metadata = Metadata,
    };

    /// <summary>The value, with a structure written as JSON.</summary>
    /// <returns>False when that would be longer than <paramref name="bytesMax"/>. A missing key gives none.</returns>
    public bool TryRender(long bytesMax, out Value value)
    {
        value = PlainValue;
        if (Structure is not { } structure)
            return true;
        using var json = new Utf8Buffer(bytesMax);
        structure.AppendJson(json);
        value = json.Overflowed ? default : Value.Json(json.ToArray());
        return !json.Overflowed;
    }

    /// <summary>The structure as one of a kind. A plain value of natural shape gives a passing copy: the first write converts it for good.</summary>
    /// <param name="kind">The kind that is wanted.</param>
    /// <param name="structure">Null when the key is missing.</param>
    /// <returns>False when the key holds something else.</returns>
    public bool TryView<T>(StructureKind kind, out T? structure)
        where T : Structure
    {
        structure = _content switch
        {
            null => null,
            Structure own => own as T,
            _ => StructureReader.TryConvert(kind, PlainValue) as T,
        };
        return structure is not null || !Exists;
    }

    /// <summary>Counts an access and renews a sliding expiry.</summary>
    public void Access(long nowUs)
    {
        _accessCount += _accessCount < uint.MaxValue ? 1u : 0;
        LastAccessAtUs = nowUs;
        if (_sliding)
            _expiresAtUs = nowUs + _ttlUs;
    }

    /// <summary>Carries out a change.</summary>
    /// <param name="change">What a row made of this very state.</param>
    /// <param name="revision">The revision it takes; ignored when it takes none.</param>
    /// <param name="nowUs">The turn's time.</param>
    public void Apply(CacheChange change, long revision, long nowUs)
    {
        switch (change)
        {
            case CacheChange.Put put:
                Begin(OwnedBytes.Of(put.Value.Bytes), put.Expiry, put.InPlace ? Metadata : put.Metadata, put.InPlace && Exists, nowUs);
                _kind = put.Value.Kind;
                break;
            case CacheChange.Restore restore:
                Restore(restore.Snapshot, nowUs);
                break;
            case CacheChange.Remove:
                Forget();
                return;
            case CacheChange.SetExpiry expiry:
                Expiry = expiry.Expiry;
                return;
            case CacheChange.InStructure inside:
                StructureChanges.Apply(StructureFor(inside, nowUs), inside);
                Expiry = inside.Expiry ?? Expiry;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, "No such change.");
        }

        Revision = revision;
    }

    /// <summary>Keeps the answer to an op_id until <paramref name="lapsesAtUs"/>.</summary>
    public void Remember(string opId, string operation, in CacheReply reply, long lapsesAtUs) =>
        (OpIds ??= new OpIdMemory()).Add(opId, operation, reply, lapsesAtUs);

    /// <summary>Drops the op_ids that have lapsed.</summary>
    public void ForgetOpIds(long nowUs)
    {
        OpIds?.Forget(nowUs);
        if (OpIds is { Count: 0 })
            OpIds = null;
    }

    /// <summary>The whole entry as data; null when there is none.</summary>
    public EntrySnapshot? Snapshot()
    {
        if (!Exists)
            return null;
        var entry = new EntrySnapshot { Structure = Structure?.Kind, Expiry = Expiry, Metadata = Metadata };
        return Structure is { } structure ? StructureChanges.Snapshot(structure, entry) : entry with { Value = PlainValue };
    }

    internal static long MetadataBytes(EntryMetadata? metadata)
    {
        if (metadata is null)
            return 0;
        var bytes = 80L + (2 * metadata.CreatedBy.Length);
        foreach (var tag in metadata.Tags)
            bytes += 32 + (2 * tag.Length);
        foreach (var dependency in metadata.Dependencies)
            bytes += 32 + (2 * dependency.Length);
        return bytes;
    }

    private void Begin(object content, Expiry expiry, EntryMetadata? metadata, bool goesOn, long nowUs)
    {
        _content = content;
        Expiry = expiry;
        Metadata = metadata;
        if (goesOn)
            return;
        CreatedAtUs = LastAccessAtUs = nowUs;
        _accessCount = 0;
    }

    private Structure StructureFor(CacheChange.InStructure change, long nowUs)
    {
        if (_content is byte[])
        {
            _content = StructureReader.TryConvert(change.Kind, PlainValue)
                ?? throw new InvalidOperationException("The row made a structure's change of a value with another shape.");
            _kind = ValueKind.None;
        }
        else if (_content is null)
        {
            Begin(Structure.Create(change.Kind), Expiry.Never, null, false, nowUs);
        }

        return Structure!;
    }

    private void Restore(EntrySnapshot snapshot, long nowUs)
    {
        object content = OwnedBytes.Of(snapshot.Value.Bytes);
        if (snapshot.Structure is { } kind)
        {
            var structure = Structure.Create(kind);
            StructureChanges.Fill(structure, snapshot);
            content = structure;
        }

        Begin(content, snapshot.Expiry, snapshot.Metadata, false, nowUs);
        _kind = snapshot.Value.Kind;
    }

    private void Forget()
    {
        _content = null;
        _kind = ValueKind.None;
        Expiry = Expiry.Never;
        Metadata = null;
        Revision = CreatedAtUs = LastAccessAtUs = _accessCount = 0;
    }
}
