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
/// </summary>
public sealed class BackupWriter : IDisposable
{
    public const string Format = "grains-backup";
    public const int Version = 1;

    private const int ClosingBytes = 2;

    private readonly Utf8Buffer _piece = new();
    private readonly int _bytesMax;

    public BackupWriter(string @namespace, int bytesMax)
    {
        _bytesMax = bytesMax;
        _piece.Append("{\"format\":\"grains-backup\",\"version\":1,\"namespace\":"u8);
        JsonText.AppendString(_piece, @namespace);
        _piece.Append(",\"entries\":["u8);
    }

    /// <summary>Entries in the piece.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an entry if the piece stays within its bytes.</summary>
    public bool TryAdd(string identifier, string version, EntrySnapshot entry, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_piece.Length + entry.ContentBytes > _bytesMax)
            return false;
        var before = _piece.Length;
        if (Count > 0)
            _piece.Append((byte)',');
        WriteEntry(identifier, version, entry, nowUs);
        if (_piece.Length + ClosingBytes > _bytesMax)
        {
            _piece.Truncate(before);
            return false;
        }

        Count++;
        return true;
    }

    public Value Finish()
    {
        _piece.Append("]}"u8);
        return Value.Json(_piece.ToArray());
    }

    public void Dispose() => _piece.Dispose();

    private void WriteEntry(string identifier, string version, EntrySnapshot entry, long nowUs)
    {
        _piece.Append("{\"id\":"u8);
        JsonText.AppendString(_piece, identifier);
        _piece.Append(",\"version\":"u8);
        JsonText.AppendString(_piece, version);
        if (entry.Structure is { } kind)
            WriteStructure(kind, entry);
        else
            WriteValue(entry.Value);
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
        _piece.Append((byte)'}');
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

    private void WriteStructure(StructureKind kind, EntrySnapshot entry)
    {
        var kinds = new StringBuilder();
        switch (kind)
        {
            case StructureKind.Map:
                _piece.Append(",\"structure\":\"map\",\"fields\":{"u8);
                foreach (var field in entry.Fields)
                {
                    _piece.Append(kinds.Length > 0 ? ","u8 : default);
                    JsonText.AppendString(_piece, field.Field);
                    _piece.Append((byte)':');
                    WriteMember(field.Value, kinds);
                }

                _piece.Append((byte)'}');
                break;
            case StructureKind.SortedSet:
                _piece.Append(",\"structure\":\"sorted_set\",\"scores\":["u8);
                foreach (var (member, score) in entry.Scores)
                {
                    _piece.Append(kinds.Length > 0 ? ",["u8 : "["u8);
                    _piece.Append(score);
                    _piece.Append((byte)',');
                    WriteMember(member, kinds);
                    _piece.Append((byte)']');
                }

                _piece.Append((byte)']');
                break;
            default:
                _piece.Append(kind == StructureKind.Set ? ",\"structure\":\"set\",\"members\":["u8 : ",\"structure\":\"list\",\"members\":["u8);
                foreach (var member in entry.Members)
                {
                    _piece.Append(kinds.Length > 0 ? ","u8 : default);
                    WriteMember(member, kinds);
                }

                _piece.Append((byte)']');
                break;
        }

        if (kinds.ToString() is var letters && letters.AsSpan().ContainsAnyExcept('j'))
        {
            _piece.Append(",\"kinds\":"u8);
            JsonText.AppendString(_piece, letters);
        }
    }

    private void WriteMember(Value member, StringBuilder kinds)
    {
        kinds.Append(member.Kind switch { ValueKind.Text => 't', ValueKind.Bytes => 'b', _ => 'j' });
        JsonValue.Append(_piece, member);
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
