using System.Diagnostics.CodeAnalysis;
using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Fields with values. Fields come out in the order they were first set, as long as none was removed.</summary>
public sealed class MapStructure : Structure
{
    private readonly Dictionary<string, Value> _fields = new(StringComparer.Ordinal);

    public override StructureKind Kind => StructureKind.Map;

    public override int Count => _fields.Count;

    public override int MemberOverheadBytes => 112;

    public IReadOnlyDictionary<string, Value> Fields => _fields;

    public bool TryGet(string field, [MaybeNullWhen(false)] out Value value) => _fields.TryGetValue(field, out value);

    public void Set(string field, Value value)
    {
        var own = OwnedBytes.Of(value);
        if (_fields.TryGetValue(field, out var old))
            ContentBytes -= old.Bytes.Length;
        else
            ContentBytes += Encoding.UTF8.GetByteCount(field);
        _fields[field] = own;
        ContentBytes += own.Bytes.Length;
    }

    public bool Remove(string field)
    {
        if (!_fields.Remove(field, out var removed))
            return false;
        ContentBytes -= Encoding.UTF8.GetByteCount(field) + removed.Bytes.Length;
        return true;
    }

    public override void Clear()
    {
        _fields.Clear();
        _fields.TrimExcess();
        ContentBytes = 0;
    }

    public override void AppendJson(Utf8Buffer to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var first = true;
        to.Append((byte)'{');
        foreach (var (field, value) in _fields)
        {
            if (!first)
                to.Append((byte)',');
            first = false;
            JsonText.AppendString(to, field);
            to.Append((byte)':');
            JsonValue.Append(to, value);
            if (to.Overflowed)
                return;
        }

        to.Append((byte)'}');
    }
}
