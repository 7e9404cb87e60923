using System.Collections.Immutable;
using System.Xml.Linq;

namespace Grains.Tests.Structure;

/// <summary>Which project may refer to what. A project that is not in the table has no place in the layout yet.</summary>
public sealed class ProjectArrowTests
{
    private static readonly ImmutableSortedDictionary<string, Allowed> Arrows = new Dictionary<string, Allowed>
    {
        ["Grains.Abstractions"] = new([], Packages: [], Frameworks: []),
        ["Grains.Core"] = new(["Grains.Abstractions"], Packages: [], Frameworks: []),
        ["Grains.Postgres"] = new(["Grains.Abstractions", "Grains.Core"], Packages: ["Npgsql"], Frameworks: []),
        ["Grains.Orleans"] = new(["Grains.Abstractions", "Grains.Core"], Packages: ["Microsoft.Orleans.", "Microsoft.Extensions.", "Npgsql"], Frameworks: ["Microsoft.AspNetCore.App"]),
        ["Grains.Gateway"] = new(["Grains.Abstractions", "Grains.Core"], Packages: [], Frameworks: ["Microsoft.AspNetCore.App"]),
        ["Grains.Server"] = new(["Grains.Abstractions", "Grains.Core", "Grains.Gateway", "Grains.Postgres", "Grains.Orleans"],
            Packages: ["Microsoft.Extensions.", "OpenTelemetry"], Frameworks: ["Microsoft.AspNetCore.App"]),
        ["Grains.Client"] = new(["Grains.Abstractions"], Packages: [], Frameworks: []),
    }.ToImmutableSortedDictionary();

    public static TheoryData<string> Projects => [.. SourceTree.FilesUnder("src", ".csproj")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_the_layout_allows(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        Assert.True(Arrows.TryGetValue(name, out var allowed), $"{path} is not in the table of project arrows.");
        var project = XDocument.Parse(SourceTree.Text(path));

        Offenders.None(Includes(project, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/'))).Except(allowed.Projects));
        Offenders.None(Includes(project, "PackageReference").Where(p => !allowed.Packages.Any(a => p.StartsWith(a, StringComparison.Ordinal))));
        Offenders.None(Includes(project, "FrameworkReference").Except(allowed.Frameworks));
        Assert.True(allowed.Frameworks.Length > 0 || (string?)project.Root!.Attribute("Sdk") == "Microsoft.NET.Sdk", $"{path} uses the web SDK.");
    }

    [Fact]
    public void Orleans_is_named_in_code_only_by_its_own_project_and_the_server() =>
        Offenders.None(SourceTree.FilesUnder("src", ".cs")
            .Where(f => !f.StartsWith("src/Grains.Orleans/", StringComparison.Ordinal) && !f.StartsWith("src/Grains.Server/", StringComparison.Ordinal))
            .Where(f => SourceTree.Lines(f).Any(l => l.StartsWith("using Orleans", StringComparison.Ordinal))));

    private static IEnumerable<string> Includes(XDocument project, string element) =>
        project.Descendants(element).Select(e => (string?)e.Attribute("Include") ?? (string?)e.Attribute("Update") ?? "");

    /// <param name="Projects">Projects by name.</param>
    /// <param name="Packages">Beginnings of package names.</param>
    /// <param name="Frameworks">Shared frameworks by name.</param>
    private sealed record Allowed(ImmutableArray<string> Projects, ImmutableArray<string> Packages, ImmutableArray<string> Frameworks);
}
