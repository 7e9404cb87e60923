using System.Diagnostics;

namespace Grains.Tests.Transcripts;

/// <summary>Runs the transcript runners of other languages as programs.</summary>
internal static class ForeignRunner
{
    /// <summary>Where Debian keeps the Python that has its packages.</summary>
    public const string Python = "/usr/bin/python3";

    private static readonly string Tests = Path.GetDirectoryName(TranscriptCatalogue.Folder)!;

    /// <summary>The command of each runner, without its arguments.</summary>
    public static string[] Command(string language) => language == "python"
        ? [Python, Path.Combine(Tests, "python", "run_transcripts.py")]
        : ["node", Path.Combine(Tests, "js", "run_transcripts.mjs")];

    /// <summary>Skips the test that calls it where the language or its WebSocket library is not installed.</summary>
    public static async Task RequireAsync(string language, CancellationToken cancellationToken)
    {
        if (language == "python")
        {
            Assert.SkipUnless(File.Exists(Python), $"{Python} is not installed");
            var (status, _) = await RunAsync([Python, "-c", "import websockets"], cancellationToken);
            Assert.SkipUnless(status == 0, "python3-websockets is not installed");
            return;
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")));
        Assert.SkipUnless(onPath, "node is not installed");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Tests, "js", "node_modules", "ws")), "the packages of tests/js are not installed (npm ci)");
    }

    /// <returns>The exit code, and both outputs as they came.</returns>
    public static async Task<(int Status, string Output)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
