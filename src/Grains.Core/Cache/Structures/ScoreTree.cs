namespace Grains.Cache;

/// <summary>A member of a sorted set as a node of its tree.</summary>
internal sealed class ScoreNode(Value canonical, Value member, double score)
{
    public Value Canonical { get; } = canonical;

    public Value Member { get; } = member;

    public double Score { get; set; } = score;

    public ScoreNode? Left { get; set; }

    public ScoreNode? Right { get; set; }

    public int Size { get; set; } = 1;
}

/// <summary>
/// A weight-balanced tree: no subtree is more than three times as heavy as its sibling (Adams' trees with the parameters ⟨3, 2⟩,
/// proven by Hirai and Yamamoto, "Balancing weight-balanced trees", 2011). Depth stays below 3 log2 n, so recursion is safe.
/// </summary>
internal static class ScoreTree
{
    private const int Delta = 3;
    private const int Gamma = 2;

    public static ScoreNode Insert(ScoreNode? tree, ScoreNode node)
    {
        if (tree is null)
        {
            node.Left = node.Right = null;
            node.Size = 1;
            return node;
        }

        if (Compare(node, tree) < 0)
            tree.Left = Insert(tree.Left, node);
        else
            tree.Right = Insert(tree.Right, node);
        return Balance(tree);
    }

    /// <summary>Takes out a node that is in the tree.</summary>
    public static ScoreNode? Remove(ScoreNode? tree, ScoreNode node)
    {
        if (tree is null)
            return null;
        if (ReferenceEquals(tree, node))
            return Join(tree.Left, tree.Right);
        if (Compare(node, tree) < 0)
            tree.Left = Remove(tree.Left, node);
        else
            tree.Right = Remove(tree.Right, node);
        return Balance(tree);
    }

    public static int RankOf(ScoreNode? tree, ScoreNode node)
    {
        var rank = 0;
        while (tree is not null && !ReferenceEquals(tree, node))
        {
            if (Compare(node, tree) < 0)
            {
                tree = tree.Left;
            }
            else
            {
                rank += SizeOf(tree.Left) + 1;
                tree = tree.Right;
            }
        }

        return rank + SizeOf(tree?.Left);
    }

    public static int CountBelow(ScoreNode? tree, double score, bool inclusive)
    {
        var count = 0;
        while (tree is not null)
        {
            if (tree.Score < score || (inclusive && tree.Score.Equals(score)))
            {
                count += SizeOf(tree.Left) + 1;
                tree = tree.Right;
            }
            else
            {
                tree = tree.Left;
            }
        }

        return count;
    }

    public static ScoreNode At(ScoreNode tree, int rank)
    {
        while (true)
        {
            var left = SizeOf(tree.Left);
            if (rank == left)
                return tree;
            tree = rank < left ? tree.Left! : tree.Right!;
            rank -= rank < left ? 0 : left + 1;
        }
    }

    private static int SizeOf(ScoreNode? tree) => tree?.Size ?? 0;

    private static int Compare(ScoreNode a, ScoreNode b)
    {
        var order = a.Score.CompareTo(b.Score);
        return order != 0 ? order : MemberComparer.Instance.Compare(a.Canonical, b.Canonical);
    }

    // Both sides are balanced and all of left comes before all of right.
    private static ScoreNode? Join(ScoreNode? left, ScoreNode? right)
    {
        if (left is null || right is null)
            return left ?? right;
        if (left.Size > right.Size)
        {
            left = TakeLast(left, out var last);
            (last.Left, last.Right) = (left, right);
            return Balance(last);
        }

        right = TakeFirst(right, out var first);
        (first.Left, first.Right) = (left, right);
        return Balance(first);
    }

    private static ScoreNode? TakeFirst(ScoreNode tree, out ScoreNode first)
    {
        if (tree.Left is null)
        {
            first = tree;
            return tree.Right;
        }

        tree.Left = TakeFirst(tree.Left, out first);
        return Balance(tree);
    }

    private static ScoreNode? TakeLast(ScoreNode tree, out ScoreNode last)
    {
        if (tree.Right is null)
        {
            last = tree;
            return tree.Left;
        }

        tree.Right = TakeLast(tree.Right, out last);
        return Balance(tree);
    }

    private static ScoreNode Balance(ScoreNode tree)
    {
        var left = SizeOf(tree.Left);
        var right = SizeOf(tree.Right);
        if (left + right >= 2)
        {
            if (right > Delta * left)
            {
                if (SizeOf(tree.Right!.Left) >= Gamma * SizeOf(tree.Right.Right))
                    tree.Right = RotateRight(tree.Right);
                return RotateLeft(tree);
            }

            if (left > Delta * right)
            {
                if (SizeOf(tree.Left!.Right) >= Gamma * SizeOf(tree.Left.Left))
                    tree.Left = RotateLeft(tree.Left);
                return RotateRight(tree);
            }
        }

        tree.Size = left + right + 1;
        return tree;
    }

    private static ScoreNode RotateLeft(ScoreNode tree)
    {
        var up = tree.Right!;
        tree.Right = up.Left;
        up.Left = tree;
        Resize(tree);
        Resize(up);
        return up;
    }

    private static ScoreNode RotateRight(ScoreNode tree)
    {
        var up = tree.Left!;
        tree.Left = up.Right;
        up.Right = tree;
        Resize(tree);
        Resize(up);
        return up;
    }

    private static void Resize(ScoreNode tree) => tree.Size = SizeOf(tree.Left) + SizeOf(tree.Right) + 1;
}
