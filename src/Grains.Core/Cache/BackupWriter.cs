using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// Writes one piece of a backup, a JSON object that <see cref="BackupReader"/> reads:
/// <c>{"format":"grains-backup","version":1,"namespace":N,"entries":[E,…]}</c> with
/// <c>E = {"id":I,"version":V,("kind":"json"|"text"|"bytes","value":X |
/// "structure":S,C,("kinds":K)?)(,"ttl":left,"ttl_full":T)?(,"sliding":true)?(,"metadata":M)?}</c>.
/// C is <c>"members":[…]</c> for <c>set</c> and <c>list</c>, <c>"fields":{…}</c> for <c>map</c>, <c>"scores":[[score,member],…]</c> for
/// <c>sorted_set</c>. Text is a JSON string, bytes base64; K has one letter per member (j, t, b) where not all are JSON. Times in seconds.
/// A structure that is longer than a piece is cut between members: <c>{"id":I,"version":V,"part":{"of":T,"from":N,"more":true|false},…}</c> has
/// those from the Nth on; <c>{"id":I,"version":V,"part":{"of":T},"gone":true}</c> says that the rest will not come.
/// </summary>
public sealed class BackupWriter : IDisposable
{
    public const string Format = "grains-backup";
    public const int Version = 1;

    private const int ClosingBytes = 2;

    // What stands behind the members of a part: kinds, part, and what closes the piece.
    private const int PartBytes = 96;

    private readonly Utf8Buffer _piece = new();
    private readonly int _bytesMax;

    public BackupWriter(string @namespace, int bytesMax)
    {
        _bytesMax = bytesMax;
        _piece.Append("{\"format\":\"grains-backup\",\"version\":1,\"namespace\":"u8);
        JsonText.AppendString(_piece, @namespace);
        _piece.Append(",\"entries\":["u8);
    }

    /// <summary>Entries that are in the piece whole, or with their last part.</summary>
    public int Count { get; private set; }

    /// <summary>Nothing has been added.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Adds an entry if the piece stays within its bytes.</summary>
    public bool TryAdd(string identifier, string version, EntrySnapshot entry, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_piece.Length + entry.ContentBytes > _bytesMax)
            return false;
        var before = Begin(identifier, version);
        WriteTimes(entry, nowUs);
        if (entry.Structure is { } kind)
            WriteMembers(kind, entry, 0, int.MaxValue);
        else
            WriteValue(entry.Value);
        _piece.Append((byte)'}');
        if (_piece.Length + ClosingBytes > _bytesMax)
        {
            _piece.Truncate(before);
            return false;
        }

        Count++;
        IsEmpty = false;
        return true;
    }

    /// <summary>Adds as many of a structure's members as fit, one at least.</summary>
    /// <param name="identifier">The key's.</param>
    /// <param name="version">The key's.</param>
    /// <param name="entry">The whole structure.</param>
    /// <param name="nowUs">The time.</param>
    /// <param name="of">As in <see cref="BackupPart.Of"/>.</param>
    /// <param name="from">The first member.</param>
    /// <returns>The next part's first member; null when this is the last part.</returns>
    public int? AddPart(string identifier, string version, EntrySnapshot entry, long nowUs, string of, int from)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Begin(identifier, version);
        WriteTimes(entry, nowUs);
        var next = WriteMembers(entry.Structure!.Value, entry, from, _bytesMax - PartBytes - of.Length);
        var more = next < entry.MemberCount;
        WritePart(of);
        _piece.Append(",\"from\":"u8);
        _piece.Append((long)from);
        _piece.Append(",\"more\":"u8);
        _piece.Append(more);
        _piece.Append("}}"u8);
        Count += more ? 0 : 1;
        return more ? next : null;
    }

    /// <summary>Says that the key whose parts were being added has gone.</summary>
    public void AddGone(string identifier, string version, string of)
    {
        Begin(identifier, version);
        WritePart(of);
        _piece.Append("},\"gone\":true}"u8);
    }

    public Value Finish()
    {
        _piece.Append("]}"u8);
        return Value.Json(_piece.ToArray());
    }

    public void Dispose() => _piece.Dispose();

    /// <returns>Where the entry begins, its comma included.</returns>
    private int Begin(string identifier, string version)
    {
        var before = _piece.Length;
        _piece.Append(IsEmpty ? "{\"id\":"u8 : ",{\"id\":"u8);
        JsonText.AppendString(_piece, identifier);
        _piece.Append(",\"version\":"u8);
        JsonText.AppendString(_piece, version);
        return before;
    }

    private void WritePart(string of)
    {
        IsEmpty = false;
        _piece.Append(",\"part\":{\"of\":"u8);
        JsonText.AppendString(_piece, of);
    }

    private void WriteTimes(EntrySnapshot entry, long nowUs)
    {
        if (!entry.Expiry.IsNever)
        {
            _piece.Append(",\"ttl\":"u8);
            _piece.Append(Clock.ToSeconds(Math.Max(0, entry.Expiry.AtUs - nowUs)));
            _piece.Append(",\"ttl_full\":"u8);
            _piece.Append(Clock.ToSeconds(entry.Expiry.TtlUs));
            if (entry.Expiry.Sliding)
                _piece.Append(",\"sliding\":true"u8);
        }

        if (entry.Metadata is { } metadata)
            WriteMetadata(metadata);
    }

    private void WriteValue(Value value)
    {
        _piece.Append(value.Kind switch
        {
            ValueKind.Json => ",\"kind\":\"json\",\"value\":"u8,
            ValueKind.Text => ",\"kind\":\"text\",\"value\":"u8,
            _ => ",\"kind\":\"bytes\",\"value\":"u8,
        });
        JsonValue.Append(_piece, value);
    }

    /// <returns>The first member that was not written: that with which the piece would be longer than <paramref name="bytesMax"/>.</returns>
    private int WriteMembers(StructureKind kind, EntrySnapshot entry, int from, int bytesMax)
    {
        _piece.Append(kind switch
        {
            StructureKind.Map => ",\"structure\":\"map\",\"fields\":{"u8,
            StructureKind.SortedSet => ",\"structure\":\"sorted_set\",\"scores\":["u8,
            StructureKind.Set => ",\"structure\":\"set\",\"members\":["u8,
            _ => ",\"structure\":\"list\",\"members\":["u8,
        });
        var kinds = new StringBuilder();
        var next = from;
        for (; next < entry.MemberCount; next++)
        {
            var before = _piece.Length;
            _piece.Append(next > from ? ","u8 : default);
            kinds.Append(WriteMember(kind, entry, next));
            if (_piece.Length + kinds.Length <= bytesMax || next == from)
                continue;
            _piece.Truncate(before);
            kinds.Length--;
            break;
        }

        _piece.Append(kind == StructureKind.Map ? (byte)'}' : (byte)']');
        if (kinds.ToString() is var letters && letters.AsSpan().ContainsAnyExcept('j'))
        {
            _piece.Append(",\"kinds\":"u8);
            JsonText.AppendString(_piece, letters);
        }

        return next;
    }

    /// <returns>The letter of its kind.</returns>
    private char WriteMember(StructureKind kind, EntrySnapshot entry, int index)
    {
        Value member;
        switch (kind)
        {
            case StructureKind.Map:
                JsonText.AppendString(_piece, entry.Fields[index].Field);
                _piece.Append((byte)':');
                JsonValue.Append(_piece, member = entry.Fields[index].Value);
                break;
            case StructureKind.SortedSet:
                _piece.Append((byte)'[');
                _piece.Append(entry.Scores[index].Score);
                _piece.Append((byte)',');
                JsonValue.Append(_piece, member = entry.Scores[index].Value);
                _piece.Append((byte)']');
                break;
            default:
                JsonValue.Append(_piece, member = entry.Members[index]);
                break;
        }

        return member.Kind switch { ValueKind.Text => 't', ValueKind.Bytes => 'b', _ => 'j' };
    }

    private void WriteMetadata(EntryMetadata metadata)
    {
        _piece.Append(",\"metadata\":{\"tags\":"u8);
        WriteStrings(metadata.Tags);
        _piece.Append(",\"dependencies\":"u8);
        WriteStrings(metadata.Dependencies);
        _piece.Append(",\"computation_cost_ms\":"u8);
        _piece.Append(metadata.ComputationCostMs);
        _piece.Append(",\"created_by\":"u8);
        JsonText.AppendString(_piece, metadata.CreatedBy);
        _piece.Append(",\"quality_score\":"u8);
        _piece.Append(metadata.QualityScore);
        _piece.Append((byte)'}');
    }

    private void WriteStrings(IReadOnlyList<string> strings)
    {
        _piece.Append((byte)'[');
        for (var i = 0; i < strings.Count; i++)
        {
            _piece.Append(i > 0 ? ","u8 : default);
            JsonText.AppendString(_piece, strings[i]);
        }

        _piece.Append((byte)']');
    }
}
