namespace Grains.Benchmarks.Report;

/// <summary>One figure over all rounds: its median, and how far apart the rounds were.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    /// <returns>Null when there are no figures.</returns>
    public static Spread? Of(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        if (sorted.Length == 0)
            return null;
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
