namespace Grains.Gateway.Connections;

/// <summary>What one front door accepts, for all of its connections. Settings <c>Grains:Limits:…</c>.</summary>
public sealed class GatewayLimits
{
    /// <summary>A message's bytes, framed, streamed or fragmented; the server sends none that is longer either. 32 KiB, so that every
    /// refusal and every gap fits, to 1 GiB.</summary>
    public int MessageBytesMax { get; set; } = 20 * 1024 * 1024;

    /// <summary>Nesting of a message's JSON, its own braces included. 8 to 1,000.</summary>
    public int JsonDepthMax { get; set; } = 64;

    /// <summary>Connections at once, over all listeners. At least 1.</summary>
    public int ConnectionsMax { get; set; } = 20_000;

    /// <summary>Calls of one connection that have not been answered; also the cache and topic requests that may wait for the engine
    /// before the connection is read no further. At least 1.</summary>
    public int CallsInFlightMax { get; set; } = 1_000;

    /// <summary>Bytes of those calls' messages together, and of those requests'. At least 1 MiB.</summary>
    public int BytesInFlightMax { get; set; } = 64 * 1024 * 1024;

    /// <summary>Output of one connection that has not left; past it the connection is read no further. At least 64 KiB.</summary>
    public int OutputBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Time for a connection that must authenticate to do so, and for a closing one to take its last bytes. Over zero.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A WebSocket that has been silent so long is pinged; one that has been silent twice as long is closed. Over zero.</summary>
    public TimeSpan PingPeriod { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>A connection whose reader has taken nothing for so long, while output waits, is aborted. Over zero.</summary>
    public TimeSpan WriteStallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Every setting that is out of range, as <c>name: rule</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        Check(MessageBytesMax is >= 32 * 1024 and <= 1024 * 1024 * 1024, $"{nameof(MessageBytesMax)}: must be 32768 to 1073741824 bytes.");
        Check(JsonDepthMax is >= 8 and <= JsonDepthBound, $"{nameof(JsonDepthMax)}: must be 8 to {JsonDepthBound}.");
        Check(ConnectionsMax >= 1, $"{nameof(ConnectionsMax)}: must be at least 1.");
        Check(CallsInFlightMax >= 1, $"{nameof(CallsInFlightMax)}: must be at least 1.");
        Check(BytesInFlightMax >= 1024 * 1024, $"{nameof(BytesInFlightMax)}: must be at least 1048576 bytes.");
        Check(OutputBytesMax >= 64 * 1024, $"{nameof(OutputBytesMax)}: must be at least 65536 bytes.");
        Check(HandshakeTimeout > TimeSpan.Zero, $"{nameof(HandshakeTimeout)}: must be over zero.");
        Check(PingPeriod > TimeSpan.Zero, $"{nameof(PingPeriod)}: must be over zero.");
        Check(WriteStallTimeout > TimeSpan.Zero, $"{nameof(WriteStallTimeout)}: must be over zero.");
        return errors;

        void Check(bool holds, string error)
        {
            if (!holds)
                errors.Add(error);
        }
    }

    /// <summary>A message of a client that has yet to authenticate, so that strangers hold little: credentials are short.</summary>
    internal const int FirstMessageBytesMax = 64 * 1024;

    /// <summary>No setting allows deeper JSON than this.</summary>
    internal const int JsonDepthBound = 1_000;
}
