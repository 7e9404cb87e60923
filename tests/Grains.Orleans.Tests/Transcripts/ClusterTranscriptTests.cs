using Grains.Tests.Transcripts;

namespace Grains.Orleans.Tests.Transcripts;

/// <summary>Every transcript against two servers that are one cluster, with the connections on one and the other in turn.</summary>
public sealed class ClusterTranscriptTests(TranscriptClusters clusters) : IClassFixture<TranscriptClusters>
{
    /// <summary>What two servers together have more of than one. These play with one of the two.</summary>
    private static readonly Dictionary<string, string> OfOneServer = new()
    {
        ["native/limit-connections-tcp"] = "each server lets in as many connections as it may",
        ["native/limit-connections-ws"] = "each server lets in as many connections as it may",
    };

    private static int _runs;

    [Theory]
    [MemberData(nameof(TranscriptTests.Runs), MemberType = typeof(TranscriptTests))]
    public async Task Two_servers_do_what_the_transcript_says(string name, string transport)
    {
        var transcript = TranscriptCatalogue.Read(name, $"x{Interlocked.Increment(ref _runs)}");
        var cluster = await clusters.ForAsync(transcript);
        // Over the other transport the first connection is on the other server.
        await using var server = cluster.Play(first: transport.StartsWith("tcp", StringComparison.Ordinal) ? 1 : 0, isSpread: !OfOneServer.ContainsKey(name));
        await new TranscriptRunner(server, transport).RunAsync(transcript, TestContext.Current.CancellationToken);
    }
}
