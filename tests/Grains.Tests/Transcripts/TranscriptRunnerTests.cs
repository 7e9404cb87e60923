namespace Grains.Tests.Transcripts;

/// <summary>The runner against a server that says what it is told to: what should pass passes, and every kind of deviation fails. The files
/// in Cases are shared with the Python and JavaScript runners.</summary>
public sealed class TranscriptRunnerTests
{
    public static string Folder { get; } = Path.Combine(TranscriptCatalogue.Folder, "..", "Grains.Tests", "Transcripts", "Cases");

    public static TheoryData<string, string> Cases(string kind)
    {
        var cases = new TheoryData<string, string>();
        foreach (var file in Directory.EnumerateFiles(Folder, kind + "-*.txt").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            foreach (var transport in Read(name).Transports)
                cases.Add(name, transport);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases), "pass")]
    public Task Right_answers_pass(string name, string transport) => RunAsync(name, transport);

    [Theory]
    [MemberData(nameof(Cases), "fail")]
    public async Task Wrong_answers_fail(string name, string transport) =>
        await Assert.ThrowsAsync<TranscriptFailedException>(() => RunAsync(name, transport));

    [Fact]
    public async Task A_failure_names_the_file_the_line_and_the_difference()
    {
        var failure = await Assert.ThrowsAsync<TranscriptFailedException>(() => RunAsync("fail-wrong-value", "tcp"));
        Assert.StartsWith("fail-wrong-value.txt:2 over tcp: $.a: expected 2, got 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advance_moves_the_clock_of_the_server()
    {
        await using var server = await ScriptedServer.StartAsync();
        var transcript = TranscriptParser.Parse("advance", "advance 7s\nA> {\"slip\":1}\nA< {\"n\":7}");
        await new TranscriptRunner(server, "ws").RunAsync(transcript, TestContext.Current.CancellationToken);
    }

    private static Transcript Read(string name) => TranscriptParser.Parse(name, File.ReadAllText(Path.Combine(Folder, name + ".txt")));

    private static async Task RunAsync(string name, string transport)
    {
        await using var server = await ScriptedServer.StartAsync();
        await new TranscriptRunner(server, transport).RunAsync(Read(name), TestContext.Current.CancellationToken);
    }
}
