using System.IO.Pipelines;

namespace Grains.Gateway.Connections;

/// <summary>The two directions of a connection's bytes, the way to cut them, and where what belongs to the connection runs.</summary>
/// <param name="Input">A zero-byte read waits for data without a buffer; 0 bytes into a real one is the end.</param>
/// <param name="Output">What a write has taken counts as sent.</param>
/// <param name="Abort">Cuts the connection at once: pending reads and writes fail.</param>
/// <param name="Schedule">Runs the work soon on a thread of the transport; when it is much, on the connection's own. Null when it has none.</param>
public sealed record ByteChannel(Stream Input, Stream Output, Action Abort, Action<IThreadPoolWorkItem, bool>? Schedule = null)
{
    /// <summary>Runs the work soon: on a thread of the transport, or on the pool.</summary>
    public void Run(IThreadPoolWorkItem work)
    {
        if (Schedule is { } schedule)
            schedule(work, false);
        else
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    public static ByteChannel From(IDuplexPipe pipe, Action abort)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        return new ByteChannel(pipe.Input.AsStream(leaveOpen: true), pipe.Output.AsStream(leaveOpen: true), abort);
    }
}
