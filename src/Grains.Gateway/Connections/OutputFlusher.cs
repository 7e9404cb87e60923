using Grains.Engine;

namespace Grains.Gateway.Connections;

/// <summary>
/// The one writer of a connection: takes all that waits, writes it, gives the delivery credit back, until nothing waits. At most one
/// runs at a time; <see cref="OutputBuffer"/> says who starts it. Large output leaves in slices, so that progress is seen.
/// </summary>
internal sealed class OutputFlusher(
    OutputBuffer output, ByteChannel channel, IEngine engine, ConnectionId id, Action<Exception?> onFault, CancellationToken ended)
    : IThreadPoolWorkItem
{
    private const int SliceBytes = 64 * 1024;

    private long _slices;
    private bool _writing;

    /// <summary>Changes whenever the reader has taken something.</summary>
    public long Progress => Volatile.Read(ref _slices);

    /// <summary>A write has begun and not ended.</summary>
    public bool IsWriting => Volatile.Read(ref _writing);

    /// <summary>Runs where the transport says, so that an engine that delivers to a thousand connections writes to none of them.</summary>
    public void Execute() => _ = RunAsync(onReadLoop: false);

    /// <summary>Runs until nothing waits. Its failures end the connection, so the task need not be watched.</summary>
    /// <param name="onReadLoop">The read loop runs it: it sends what waits now and leaves what comes meanwhile for later, because a long
    /// replay, where each credit given back brings more, must not keep the connection from being read.</param>
    public async Task RunAsync(bool onReadLoop)
    {
        try
        {
            while (output.TryTake(out var bytes, out var credit))
            {
                await WriteAsync(bytes);
                if (credit > 0)
                    await engine.Topics.GrantAsync(id, credit);
                if (!onReadLoop || !output.HasMore)
                    continue;
                channel.Run(this);
                return;
            }
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            onFault(null);
        }
        catch (Exception exception)
        {
            onFault(exception);
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Volatile.Write(ref _writing, true);
        for (var start = 0; start < bytes.Length; start += SliceBytes)
        {
            await channel.Output.WriteAsync(bytes.Slice(start, Math.Min(SliceBytes, bytes.Length - start)), ended);
            Volatile.Write(ref _slices, _slices + 1);
        }

        await channel.Output.FlushAsync(ended);
        Volatile.Write(ref _writing, false);
    }
}
