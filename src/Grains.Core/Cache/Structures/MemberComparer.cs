namespace Grains.Cache;

/// <summary>Members in canonical form are the same when kind and bytes are; sorted sets order equal scores by these bytes.</summary>
internal sealed class MemberComparer : IEqualityComparer<Value>, IComparer<Value>
{
    public static readonly MemberComparer Instance = new();

    public bool Equals(Value x, Value y) => x.Equals(y);

    public int GetHashCode(Value obj) => obj.GetHashCode();

    public int Compare(Value x, Value y)
    {
        var order = x.Bytes.Span.SequenceCompareTo(y.Bytes.Span);
        return order != 0 ? order : x.Kind.CompareTo(y.Kind);
    }
}
