using Grains.Json;

namespace Grains.Cache;

/// <summary>A set of values that are the same by JSON meaning: a hash table from the canonical form to the member as it came.</summary>
public sealed class SetStructure : Structure
{
    private readonly Dictionary<Value, Value> _members = new(MemberComparer.Instance);

    public override StructureKind Kind => StructureKind.Set;

    public override int Count => _members.Count;

    public override int MemberOverheadBytes => 96;

    public IEnumerable<Value> Members => _members.Values;

    public bool Contains(Value member) => _members.ContainsKey(JsonMeaning.Canonical(member));

    public bool Add(Value member)
    {
        var canonical = JsonMeaning.Canonical(member);
        if (_members.ContainsKey(canonical))
            return false;
        var own = OwnedBytes.Of(member);
        _members.Add(canonical == own ? own : canonical, own);
        ContentBytes += own.Bytes.Length;
        return true;
    }

    public bool Remove(Value member)
    {
        if (!_members.Remove(JsonMeaning.Canonical(member), out var removed))
            return false;
        ContentBytes -= removed.Bytes.Length;
        return true;
    }

    public override void Clear()
    {
        _members.Clear();
        _members.TrimExcess();
        ContentBytes = 0;
    }

    public override void AppendJson(Utf8Buffer to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var first = true;
        to.Append((byte)'[');
        foreach (var member in _members.Values)
        {
            if (!first)
                to.Append((byte)',');
            first = false;
            JsonValue.Append(to, member);
            if (to.Overflowed)
                return;
        }

        to.Append((byte)']');
    }
}
