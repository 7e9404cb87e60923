using System.IO.Enumeration;

namespace Grains.Benchmarks;

/// <summary>Names chosen on the command line: <c>*</c> any run of characters, <c>?</c> any one.</summary>
internal static class Glob
{
    /// <summary>Whether one of the globs matches; without globs everything does.</summary>
    public static bool MatchesAny(IReadOnlyList<string> globs, string name) =>
        globs.Count == 0 || globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, name));
}
