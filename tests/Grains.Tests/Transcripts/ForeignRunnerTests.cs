namespace Grains.Tests.Transcripts;

/// <summary>The Python and JavaScript runners on the cases that the C# runner is tested with.</summary>
public sealed class ForeignRunnerTests
{
    [Theory]
    [InlineData("python")]
    [InlineData("js")]
    public async Task Right_answers_pass(string language)
    {
        var (status, output) = await RunAsync(language, "pass");
        Assert.True(status == 0, output);
        Assert.EndsWith($"{Runs("pass")} passed, 0 failed, 0 skipped", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("js")]
    public async Task Wrong_answers_fail(string language)
    {
        var (status, output) = await RunAsync(language, "fail");
        Assert.True(status == 1, output);
        Assert.EndsWith($"0 passed, {Runs("fail")} failed, 0 skipped", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("fail-wrong-value.txt:2 over tcp: $.a: expected 2, got 1", output, StringComparison.Ordinal);
    }

    private static int Runs(string kind) => TranscriptRunnerTests.Cases(kind).Count;

    private static async Task<(int Status, string Output)> RunAsync(string language, string kind)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await ForeignRunner.RequireAsync(language, cancellationToken);
        await using var server = await ScriptedServer.StartAsync();
        var files = Directory.EnumerateFiles(TranscriptRunnerTests.Folder, kind + "-*.txt").Order(StringComparer.Ordinal);
        return await ForeignRunner.RunAsync(
            [.. ForeignRunner.Command(language), "--ws", server.AddressOf("ws").ToString(), "--tcp", server.AddressOf("tcp").ToString(), .. files],
            cancellationToken);
    }
}
