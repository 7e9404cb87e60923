namespace Grains.Benchmarks.Peers;

/// <summary>What a side's messages travel by.</summary>
internal enum SideTransport
{
    /// <summary>A protocol of its own: compared with both.</summary>
    Own,

    Tcp,

    WebSocket,
}
