using System.Globalization;

namespace Grains.Benchmarks.Report;

/// <summary>Figures as the tables show them: the median and, when there were several rounds, the smallest and the largest.</summary>
internal static class Show
{
    public const string Nothing = "";

    /// <param name="spread">Null: nothing is known.</param>
    /// <param name="scale">What to divide by.</param>
    public static string Number(Spread? spread, double scale = 1) => spread is { } known ? With(known, value => Digits(value / scale)) : Nothing;

    public static string Ratio(Spread? spread) =>
        spread is { } known ? With(known, value => value.ToString("0.00", CultureInfo.InvariantCulture)) : Nothing;

    private static string With(Spread spread, Func<double, string> text) => spread.Min < spread.Max
        ? $"{text(spread.Median)} ({text(spread.Min)}–{text(spread.Max)})"
        : text(spread.Median);

    /// <summary>Three digits that mean something.</summary>
    private static string Digits(double value) => Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 9.995 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };
}
