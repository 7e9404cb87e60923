using Grains.Tests.Transcripts;

namespace Grains.Orleans.Tests.Transcripts;

/// <summary>The clusters of all transcripts: one for those that need nothing special, one with a clock that stands, and one at a time for each that
/// has settings of its own.</summary>
public sealed class TranscriptClusters : IAsyncDisposable
{
    /// <summary>Harms nobody who does not ask for it.</summary>
    private const string Samples = "Grains:Samples";

    private readonly Dictionary<bool, TranscriptCluster> _shared = [];
    private string? _ownOf;
    private TranscriptCluster? _own;

    internal async Task<TranscriptCluster> ForAsync(Transcript transcript)
    {
        var hasClock = transcript.Needs.Contains("clock");
        if (transcript.Options.All(option => option.Key == Samples))
        {
            if (!_shared.TryGetValue(hasClock, out var shared))
                _shared[hasClock] = shared = await TranscriptCluster.StartAsync(new Dictionary<string, string> { [Samples] = "true" }, hasClock);
            return shared;
        }

        var options = string.Join('\n', transcript.Options.OrderBy(option => option.Key, StringComparer.Ordinal).Append(new("clock", hasClock.ToString())));
        if (_own is not null && _ownOf == options)
            return _own;
        await StopOwnAsync();
        _ownOf = options;
        return _own = await TranscriptCluster.StartAsync(transcript.Options, hasClock);
    }

    public async ValueTask DisposeAsync()
    {
        await StopOwnAsync();
        foreach (var cluster in _shared.Values)
            await cluster.DisposeAsync();
    }

    private async ValueTask StopOwnAsync()
    {
        if (_own is not null)
            await _own.DisposeAsync();
        _own = null;
    }
}
