using System.Text;

namespace Grains.Benchmarks.Report;

/// <summary>A table that reads well as text too: columns are as wide as their widest cell, and those without any are left out.</summary>
internal sealed class MarkdownTable(params string[] header)
{
    private readonly List<string[]> _rows = [];

    public bool IsEmpty => _rows.Count == 0;

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        int[] widths = [.. header.Select((name, column) => _rows.TrueForAll(row => row[column].Length == 0)
            ? 0
            : Math.Max(3, _rows.Select(row => row[column].Length).Append(name.Length).Max()))];
        var text = new StringBuilder();
        Line(text, header, widths);
        Line(text, [.. widths.Select(width => new string('-', width))], widths);
        foreach (var row in _rows)
            Line(text, row, widths);
        return text.ToString();
    }

    private static void Line(StringBuilder text, string[] cells, int[] widths) =>
        text.Append("| ").AppendJoin(" | ", cells.Select((cell, column) => cell.PadRight(widths[column])).Where((_, column) => widths[column] > 0))
            .Append(" |\n");
}
