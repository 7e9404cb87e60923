using System.Security.Cryptography.X509Certificates;
using Grains.Gateway.Hosting;
using Grains.Tests.Hosting;

namespace Grains.Tests.Transcripts;

/// <summary>The real server, with what transcripts may need.</summary>
internal sealed class TranscriptServer : ITranscriptServer
{
    private const string Section = "Grains:";

    private readonly TestServer _server;

    private TranscriptServer(TestServer server)
    {
        _server = server;
    }

    public X509Certificate2 Certificate => TestServer.Certificate;

    /// <summary>Starts a server with the settings, test functions and clock that the transcript needs.</summary>
    public static Task<TranscriptServer> StartAsync(Transcript transcript, bool tls = false) =>
        StartAsync(transcript.Options, transcript.Needs.Contains("clock"), tls);

    /// <param name="options">Full names: <c>Grains:Limits:MessageBytesMax</c>.</param>
    /// <param name="manualTime">The clock stands until it is advanced.</param>
    /// <param name="tls">Serve <c>wss</c> and <c>tcps</c> too.</param>
    public static async Task<TranscriptServer> StartAsync(IReadOnlyDictionary<string, string> options, bool manualTime, bool tls)
    {
        var meetings = new MeetingPoint();
        return new TranscriptServer(await TestServer.StartAsync(SettingsOf(options), manualTime, tls, grains => AddFunctions(grains, meetings)));
    }

    /// <summary>A transcript's options as a test server takes them: by their names below the section.</summary>
    public static Dictionary<string, string> SettingsOf(IReadOnlyDictionary<string, string> options) => options.ToDictionary(
        option => option.Key.StartsWith(Section, StringComparison.Ordinal)
            ? option.Key[Section.Length..]
            : throw new ArgumentException($"The setting {option.Key} is not below {Section}", nameof(options)),
        option => option.Value);

    /// <summary>What a server has that has the functions for transcripts.</summary>
    public static void AddFunctions(GrainsBuilder grains, MeetingPoint meetings) => grains
        .AddFunction("test.barrier", meetings.ArriveAsync)
        .AddFunction("test.fail", string (string message) => throw new InvalidOperationException(message));

    public Uri AddressOf(string transport) => _server.AddressOf(transport);

    public void Advance(TimeSpan by) =>
        (_server.Time ?? throw new InvalidOperationException("The server runs on the system's clock.")).Advance(by);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
