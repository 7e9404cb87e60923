using System.Text.RegularExpressions;

namespace Grains.Tests.Structure;

public sealed partial class LimitTests
{
    [Fact]
    public void Every_limit_of_the_options_is_named_in_a_test()
    {
        var tests = string.Concat(SourceTree.FilesUnder("tests", ".cs", ".txt", ".transcript", ".py", ".js", ".json")
            .Where(f => !f.StartsWith("tests/Grains.Tests/Structure/", StringComparison.Ordinal))
            .Select(SourceTree.Text));
        var limits = SourceTree.FilesUnder("src", "Options.cs", "Limits.cs")
            .SelectMany(f => Limit().Matches(SourceTree.Text(f)).Select(m => (File: f, Name: m.Groups["name"].Value)));

        Offenders.None(limits.Where(l => !tests.Contains(l.Name, StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"public (?:required )?(?:int|long|double|TimeSpan)\?? (?<name>\w+Max) \{ get;")]
    private static partial Regex Limit();
}
