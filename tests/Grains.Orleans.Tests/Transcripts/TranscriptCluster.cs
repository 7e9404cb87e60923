using System.Security.Cryptography.X509Certificates;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests;
using Grains.Tests.Hosting;
using Grains.Tests.Transcripts;

namespace Grains.Orleans.Tests.Transcripts;

/// <summary>Two servers with what transcripts may need.</summary>
internal sealed class TranscriptCluster : IAsyncDisposable
{
    private readonly TwoServers _servers;
    private readonly ManualTime? _time;

    private TranscriptCluster(TwoServers servers, ManualTime? time)
    {
        _servers = servers;
        _time = time;
    }

    /// <param name="options">Full names, as transcripts give them.</param>
    /// <param name="manualTime">The clock stands until it is advanced.</param>
    public static async Task<TranscriptCluster> StartAsync(IReadOnlyDictionary<string, string> options, bool manualTime)
    {
        // Calls that have to meet are made on one server or on both.
        var meetings = new MeetingPoint();
        var time = manualTime ? new ManualTime() : null;
        var servers = await TwoServers.StartAsync(
            TranscriptServer.SettingsOf(options), time, tls: true, grains => TranscriptServer.AddFunctions(grains, meetings));
        return new TranscriptCluster(servers, time);
    }

    /// <summary>The cluster as one run of a transcript sees it.</summary>
    /// <param name="first">The server of the first connection.</param>
    /// <param name="isSpread">The next connection goes to the other server.</param>
    public ITranscriptServer Play(int first, bool isSpread) => new View(this, first, isSpread);

    public ValueTask DisposeAsync() => _servers.DisposeAsync();

    private sealed class View(TranscriptCluster cluster, int next, bool isSpread) : ITranscriptServer
    {
        public X509Certificate2 Certificate => TestServer.Certificate;

        public Uri AddressOf(string transport)
        {
            var server = cluster._servers.Both[next];
            if (isSpread)
                next = 1 - next;
            return server.AddressOf(transport);
        }

        public void Advance(TimeSpan by) =>
            (cluster._time ?? throw new InvalidOperationException("The servers run on the system's clock.")).Advance(by);

        /// <summary>The cluster goes on.</summary>
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
