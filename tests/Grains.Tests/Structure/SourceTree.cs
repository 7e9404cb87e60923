using System.Collections.Immutable;

namespace Grains.Tests.Structure;

/// <summary>The repository's own files, without what is built or installed. Paths are relative to the root, with <c>/</c>.</summary>
internal static class SourceTree
{
    private static readonly ImmutableHashSet<string> NotOurs =
        [".git", ".vs", ".idea", ".vscode", "bin", "obj", "node_modules", "TestResults", "artifacts", "__pycache__", ".venv"];

    private static readonly Lazy<string> LazyRoot = new(FindRoot);
    private static readonly Lazy<ImmutableArray<string>> LazyFiles = new(() =>
        [.. Walk(Root).Select(p => Path.GetRelativePath(Root, p).Replace('\\', '/')).Order(StringComparer.Ordinal)]);

    public static string Root => LazyRoot.Value;

    public static ImmutableArray<string> Files => LazyFiles.Value;

    /// <summary>Files under a folder whose names end in one of the endings.</summary>
    public static IEnumerable<string> FilesUnder(string folder, params string[] endings) => Files.Where(f =>
        f.StartsWith(folder + "/", StringComparison.Ordinal) && endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)));

    public static bool Exists(string path) => File.Exists(Path.Combine(Root, path));

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Grains.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Grains.sln above {AppContext.BaseDirectory}.");
    }

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder).Where(d => !NotOurs.Contains(Path.GetFileName(d))).SelectMany(Walk));
}
