namespace Grains.Tests.Faults;

/// <summary>What a <see cref="CuttingProxy"/> does to one connection. Byte counts begin with the connection's first byte in that direction
/// (of a WebSocket: with its upgrade request).</summary>
public sealed record LinkPlan
{
    public static readonly LinkPlan Transparent = new();

    /// <summary>Cut the connection when so many bytes have gone to the server: the next one does not.</summary>
    public long? CutAfterBytesToServer { get; init; }

    /// <summary>Cut the connection when so many bytes have gone to the client.</summary>
    public long? CutAfterBytesToClient { get; init; }

    /// <summary>Pass at most so many bytes at a time, each as a segment of its own.</summary>
    public int ChunkBytesMax { get; init; } = 64 * 1024;

    /// <summary>What the system may hold of the server's bytes while the link is stalled; null: its default.</summary>
    public int? ReceiveBufferBytes { get; init; }

    /// <summary>Cut by a reset rather than by closing: what is under way may be lost.</summary>
    public bool Reset { get; init; }
}
