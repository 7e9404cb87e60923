using System.Text.RegularExpressions;

namespace Grains.Tests.Structure;

public sealed partial class TrackedTextTests
{
    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".sh", ".py", ".js", ".ts", ".html", ".css", ".yml", ".yaml", ".toml", ".txt", ".bicep", ".config", ".transcript", "Dockerfile"];

    [Fact]
    public void No_file_names_a_place_of_one_machine() => Offenders.None(Hits(MachinePath()));

    [Fact]
    public void No_file_names_a_package_registry()
    {
        Offenders.None(SourceTree.Files.Where(f => RegistrySettings().IsMatch(Path.GetFileName(f))));
        Offenders.None(Hits(Registry()));
    }

    [Theory]
    [InlineData("cd /work" + "/main", true)]
    [InlineData("\"/home" + "/me/x\"", true)]
    [InlineData("C:" + @"\Users\me", true)]
    [InlineData("http://host/work" + "/x", false)]
    [InlineData("the network/temporary", false)]
    public void A_machine_path_is_recognised(string line, bool isOne) => Assert.Equal(isOne, MachinePath().IsMatch(line));

    [Theory]
    [InlineData("\"resolved\": \"https://packages.example" + "/x.tgz\"", true)]
    [InlineData("\"resolved\": \"https://registry.npmjs.org/x.tgz\"", false)]
    [InlineData("pip install --index" + "-url https://x", true)]
    [InlineData("curl http://10.1.2" + ".3/simple", true)]
    [InlineData("http://127.0.0.1:9001/", false)]
    public void A_registry_is_recognised(string line, bool isOne) => Assert.Equal(isOne, Registry().IsMatch(line));

    private static IEnumerable<string> Hits(Regex pattern) => SourceTree.Files
        .Where(f => TextEndings.Any(e => f.EndsWith(e, StringComparison.Ordinal)) && !f.EndsWith(nameof(TrackedTextTests) + ".cs", StringComparison.Ordinal))
        .SelectMany(f => SourceTree.Lines(f).Select((line, i) => (Line: line, Where: $"{f}:{i + 1}: {line.Trim()}")))
        .Where(l => pattern.IsMatch(l.Line))
        .Select(l => l.Where);

    [GeneratedRegex(@"(?<![\w.}\])-])/(?:work|tmp|root|home|Users)/|\b[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^(?:nuget\.config|\.npmrc|\.pypirc|pip\.conf|\.yarnrc)$", RegexOptions.IgnoreCase)]
    private static partial Regex RegistrySettings();

    [GeneratedRegex(@"<packageSources>|--(?:extra-)?index-url|\bregistry\s*=\s*[""']?https?://|""resolved"":\s*""https?://(?!registry\.npmjs\.org/)|https?://(?!127\.|0\.0\.0\.0|192\.0\.2\.)\d+\.\d+\.\d+\.\d+")]
    private static partial Regex Registry();
}
