using System.Text.Json;

namespace Grains.Tests.Transcripts;

/// <summary>The transcripts of the tree, and which cache operations they show.</summary>
internal static class TranscriptCatalogue
{
    public static string Folder { get; } = FindFolder();

    /// <summary>Paths below the folder without extension: <c>native/01-rpc-echo</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.txt", SearchOption.AllDirectories)
            .Select(file => Path.ChangeExtension(Path.GetRelativePath(Folder, file), null).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="suffix">Added to its fresh words; empty for a server that nobody else uses.</param>
    public static Transcript Read(string name, string suffix = "") =>
        TranscriptParser.Parse(name, File.ReadAllText(Path.Combine(Folder, name + ".txt")), suffix);

    /// <summary>The cache operations that the transcripts send: <c>get</c>, <c>increment</c>, <c>set.add</c>, <c>namespace.clear</c>.</summary>
    public static IReadOnlySet<string> CacheOperations() =>
        Names.SelectMany(name => Sent(Read(name).Steps)).Select(CacheOperationOf).OfType<string>().ToHashSet();

    private static IEnumerable<string> Sent(IEnumerable<TranscriptStep> steps) => steps.SelectMany(step => step switch
    {
        TranscriptStep.Send send => [send.Text],
        TranscriptStep.Eventually block => Sent(block.Steps),
        _ => [],
    });

    private static string? CacheOperationOf(string text)
    {
        JsonElement message;
        try
        {
            message = TranscriptText.Json(text);
        }
        catch (FormatException)
        {
            return null;
        }

        if (message.ValueKind != JsonValueKind.Object || Member(message, "role") != "cache-request")
            return null;
        return Member(message, "operation") switch
        {
            "atomic" => Member(message, "atomic_operation", "operation_type"),
            "structure" => $"{Member(message, "structure_operation", "structure_type")}.{Member(message, "structure_operation", "operation")}",
            "namespace" => $"namespace.{Member(message, "namespace_operation", "operation_type")}",
            var plain => plain,
        };
    }

    private static string? Member(JsonElement value, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
                return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static string FindFolder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Grains.sln")))
            directory = directory.Parent;
        return directory is null
            ? throw new InvalidOperationException("The tests must run from inside the source tree, which holds tests/transcripts.")
            : Path.Combine(directory.FullName, "tests", "transcripts");
    }
}
