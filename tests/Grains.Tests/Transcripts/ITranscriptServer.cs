using System.Security.Cryptography.X509Certificates;

namespace Grains.Tests.Transcripts;

/// <summary>The server that a transcript is played against: a fresh one for each run, with the transcript's settings.</summary>
internal interface ITranscriptServer : IAsyncDisposable
{
    /// <summary>Where it listens, for <c>ws</c>, <c>wss</c>, <c>tcp</c> or <c>tcps</c>: a URI with this scheme.</summary>
    Uri AddressOf(string transport);

    /// <summary>The certificate that <c>wss</c> and <c>tcps</c> must show, or null where they are not served.</summary>
    X509Certificate2? Certificate { get; }

    /// <summary>Moves the server's clock; what is due has run when this returns.</summary>
    void Advance(TimeSpan by);
}
