using Grains.Json;

namespace Grains.Cache;

/// <summary>
/// Members in order of score, then of their canonical bytes. A hash table finds a member's node; a weight-balanced tree whose nodes
/// know the size of their subtree gives rank and "the i-th" in O(log n) and, unlike a skip list, needs no chance: the same
/// history gives the same tree.
/// </summary>
public sealed class SortedSetStructure : Structure
{
    private readonly Dictionary<Value, ScoreNode> _nodes = new(MemberComparer.Instance);
    private ScoreNode? _root;

    public override StructureKind Kind => StructureKind.SortedSet;

    public override int Count => _nodes.Count;

    public override int MemberOverheadBytes => 208;

    public bool TryGetScore(Value member, out double score)
    {
        var found = _nodes.TryGetValue(JsonMeaning.Canonical(member), out var node);
        score = found ? node!.Score : 0;
        return found;
    }

    /// <summary>How many members come before this one; -1 when it is not there.</summary>
    public int RankOf(Value member) =>
        _nodes.TryGetValue(JsonMeaning.Canonical(member), out var node) ? ScoreTree.RankOf(_root, node) : -1;

    /// <summary>How many members have a score below <paramref name="score"/>, or up to and including it.</summary>
    public int CountBelow(double score, bool inclusive) => ScoreTree.CountBelow(_root, score, inclusive);

    /// <summary>The member at a rank, 0 first.</summary>
    public ScoredValue At(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Count);
        var node = ScoreTree.At(_root!, rank);
        return new ScoredValue(node.Member, node.Score);
    }

    /// <summary>Adds the member, or moves it to a new score. The score is finite.</summary>
    public void Set(Value member, double score)
    {
        var canonical = JsonMeaning.Canonical(member);
        score = score == 0 ? 0 : score;
        if (_nodes.TryGetValue(canonical, out var node))
        {
            if (node.Score.Equals(score))
                return;
            _root = ScoreTree.Remove(_root, node);
            node.Score = score;
        }
        else
        {
            var own = OwnedBytes.Of(member);
            node = new ScoreNode(canonical == own ? own : canonical, own, score);
            _nodes.Add(node.Canonical, node);
            ContentBytes += own.Bytes.Length;
        }

        _root = ScoreTree.Insert(_root, node);
    }

    public bool Remove(Value member)
    {
        if (!_nodes.Remove(JsonMeaning.Canonical(member), out var node))
            return false;
        _root = ScoreTree.Remove(_root, node);
        ContentBytes -= node.Member.Bytes.Length;
        return true;
    }

    public override void Clear()
    {
        _nodes.Clear();
        _nodes.TrimExcess();
        _root = null;
        ContentBytes = 0;
    }

    public override void AppendJson(Utf8Buffer to)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.Append((byte)'[');
        for (var i = 0; i < Count && !to.Overflowed; i++)
        {
            var (member, score) = At(i);
            to.Append(i > 0 ? ",["u8 : "["u8);
            to.Append(score);
            to.Append((byte)',');
            JsonValue.Append(to, member);
            to.Append((byte)']');
        }

        to.Append((byte)']');
    }
}
