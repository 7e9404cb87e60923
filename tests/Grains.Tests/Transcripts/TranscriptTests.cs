namespace Grains.Tests.Transcripts;

/// <summary>Every transcript against the real server, each on a fresh one, over each transport that applies.</summary>
public sealed class TranscriptTests
{
    /// <summary>The client guide's examples run over TLS as well.</summary>
    private const string Guide = "guide/";

    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (var name in TranscriptCatalogue.Names)
        {
            foreach (var transport in TranscriptCatalogue.Read(name).Transports)
            {
                runs.Add(name, transport);
                if (name.StartsWith(Guide, StringComparison.Ordinal))
                    runs.Add(name, transport + "s");
            }
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task The_server_does_what_the_transcript_says(string name, string transport)
    {
        var transcript = TranscriptCatalogue.Read(name);
        await using var server = await TranscriptServer.StartAsync(transcript, tls: transport is "wss" or "tcps");
        await new TranscriptRunner(server, transport).RunAsync(transcript, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("js")]
    public async Task Clients_in_other_languages_see_the_same_over_all_four_transports(string language)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await ForeignRunner.RequireAsync(language, cancellationToken);
        await using var server = await TranscriptServer.StartAsync(
            new Dictionary<string, string> { ["Grains:Samples"] = "true" }, manualTime: false, tls: true);
        string[] urls = [.. new[] { "ws", "wss", "tcp", "tcps" }.SelectMany(transport => new[] { "--" + transport, server.AddressOf(transport).ToString() })];
        var (status, output) = await ForeignRunner.RunAsync(
            [.. ForeignRunner.Command(language), .. urls, "--insecure", "--has", "functions", "--option", "Grains:Samples=true", TranscriptCatalogue.Folder],
            cancellationToken);
        Assert.True(status == 0 && output.TrimEnd().Contains(" passed, 0 failed, ", StringComparison.Ordinal), output);
    }
}
