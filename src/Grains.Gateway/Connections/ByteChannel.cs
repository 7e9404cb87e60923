using System.IO.Pipelines;

namespace Grains.Gateway.Connections;

/// <summary>The two directions of a connection's bytes, and the way to cut them.</summary>
/// <param name="Input">A zero-byte read waits for data without a buffer; 0 bytes into a real one is the end.</param>
/// <param name="Output">What a write has taken counts as sent.</param>
/// <param name="Abort">Cuts the connection at once: pending reads and writes fail.</param>
public sealed record ByteChannel(Stream Input, Stream Output, Action Abort)
{
    public static ByteChannel From(IDuplexPipe pipe, Action abort)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        return new ByteChannel(pipe.Input.AsStream(leaveOpen: true), pipe.Output.AsStream(leaveOpen: true), abort);
    }
}
