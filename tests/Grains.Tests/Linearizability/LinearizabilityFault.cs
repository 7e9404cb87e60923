using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>A key whose history no order of its operations explains.</summary>
/// <param name="Key">The key.</param>
/// <param name="Operations">Its operations in the order of their invocation.</param>
/// <param name="Longest">The longest order that was found to be possible: indexes into the operations.</param>
public sealed record LinearizabilityFault(string Key, ImmutableArray<Operation> Operations, ImmutableArray<int> Longest)
{
    private const int LinesMax = 60;

    /// <summary>The last operations that could be ordered, and those after which nothing could follow.</summary>
    public override string ToString()
    {
        var ordered = Longest.TakeLast(LinesMax / 2).Select(i => "  " + HistoryText.Line(Operations[i]));
        var used = Longest.ToHashSet();
        var open = Enumerable.Range(0, Operations.Length).Where(i => !used.Contains(i)).Select(i => "? " + HistoryText.Line(Operations[i])).Take(LinesMax / 2);
        return string.Join('\n', [$"{Key}: {Operations.Length} operations are not linearizable; at most {Longest.Length} can be ordered, so:", .. ordered, "but then none of:", .. open]);
    }
}
