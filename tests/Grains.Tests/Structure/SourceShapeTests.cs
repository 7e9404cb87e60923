using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Grains.Tests.Structure;

public sealed partial class SourceShapeTests
{
    private const int LinesMax = 400;
    private const int ColumnsMax = 150;
    private const int ArchitectureLinesMax = 150;

    /// <summary>Data records that belong together: file and public types in it. The list only shrinks: an entry that says more than there is
    /// fails.</summary>
    private static readonly ImmutableSortedDictionary<string, int> SeveralPublicTypes = new Dictionary<string, int>
    {
        ["src/Grains.Abstractions/Cache/CacheCommand.cs"] = 5,
        ["src/Grains.Abstractions/Cache/CacheItem.cs"] = 3,
        ["src/Grains.Abstractions/Cache/CacheReply.cs"] = 3,
        ["src/Grains.Abstractions/Cache/NamespaceCommand.cs"] = 2,
        ["src/Grains.Abstractions/Functions/FunctionCall.cs"] = 7,
        ["src/Grains.Abstractions/Topics/Delivery.cs"] = 3,
        ["src/Grains.Abstractions/Topics/SubscribeCommand.cs"] = 5,
        ["src/Grains.Abstractions/Topics/TopicCommand.cs"] = 7,
        ["src/Grains.Abstractions/Topics/TopicRecord.cs"] = 2,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Files over 400 lines and how long they may be. The list only shrinks.</summary>
    private static readonly ImmutableSortedDictionary<string, int> LongFiles = ImmutableSortedDictionary<string, int>.Empty;

    [Fact]
    public void One_public_type_per_file()
    {
        var counts = SourceTree.FilesUnder("src", ".cs").ToDictionary(f => f, f => PublicType().Count(SourceTree.Text(f)));

        Offenders.None(counts.Where(c => c.Value > SeveralPublicTypes.GetValueOrDefault(c.Key, 1)));
        Offenders.None(SeveralPublicTypes.Where(e => e.Value > counts.GetValueOrDefault(e.Key)));
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        var counts = SourceTree.FilesUnder("src", ".cs", ".js", ".ts", ".py").ToDictionary(f => f, f => SourceTree.Lines(f).Length);

        Offenders.None(counts.Where(c => c.Value > LongFiles.GetValueOrDefault(c.Key, LinesMax)));
        Offenders.None(LongFiles.Where(e => e.Value > counts.GetValueOrDefault(e.Key)));
    }

    [Fact]
    public void No_line_of_the_source_is_longer_than_150_characters() =>
        Offenders.None(SourceTree.FilesUnder("src", ".cs").SelectMany(f => SourceTree.Lines(f)
            .Select((line, i) => (line.Length, Where: $"{f}:{i + 1}: {line.Trim()}"))
            .Where(l => l.Length > ColumnsMax)
            .Select(l => l.Where)));

    [Fact]
    public void The_map_is_at_most_150_lines()
    {
        if (SourceTree.Exists("src/ARCHITECTURE.md"))
            Assert.InRange(SourceTree.Lines("src/ARCHITECTURE.md").Length, 1, ArchitectureLinesMax);
    }

    [Fact]
    public void Folders_are_named_for_concepts()
    {
        string[] kinds = ["Models", "Helpers", "Utils", "Utilities", "Common", "Services", "Managers"];

        Offenders.None(SourceTree.FilesUnder("src", "").Where(f => f.Split('/')[..^1].Intersect(kinds, StringComparer.OrdinalIgnoreCase).Any()));
    }

    [Fact]
    public void Nothing_in_the_source_is_left_for_later() =>
        Offenders.None(SourceTree.FilesUnder("src", ".cs", ".js", ".ts", ".py").Where(f => LeftForLater().IsMatch(SourceTree.Text(f))));

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|ref|partial|unsafe) )*(?:class|record|struct|interface|enum|delegate) ", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex LeftForLater();
}
