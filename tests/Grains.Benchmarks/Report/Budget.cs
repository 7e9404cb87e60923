namespace Grains.Benchmarks.Report;

/// <summary>One line of the budgets: a figure that must, and one that should, be reached.</summary>
/// <param name="Title">What of what.</param>
/// <param name="Than">What it is compared with.</param>
/// <param name="Figure">A ratio, or kilobytes.</param>
/// <param name="Must">Null: the line is a goal only.</param>
/// <param name="Goal">Null: the line is a must only.</param>
/// <param name="AtMost">Less is better.</param>
internal sealed record Budget(string Title, string Than, Func<Results, Spread?> Figure, double? Must, double? Goal, bool AtMost = false)
{
    /// <summary>Whether a figure is within a bound.</summary>
    public bool Holds(double figure, double bound) => AtMost ? figure <= bound : figure >= bound;
}
