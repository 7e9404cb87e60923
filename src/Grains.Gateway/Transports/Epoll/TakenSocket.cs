using Grains.Gateway.Connections;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>A connection that has left Kestrel: begins on its loop's thread and closes the socket when it has been served. It keeps nothing of
/// Kestrel's, whose part of an idle connection is larger than ours.</summary>
/// <param name="socket">The socket.</param>
/// <param name="channel">Its bytes.</param>
/// <param name="serve">Serves the connection to its end; must not fail.</param>
internal sealed class TakenSocket(EpollSocket socket, ByteChannel channel, Func<ByteChannel, Task> serve) : IThreadPoolWorkItem
{
    public void Execute() => _ = ServeAsync();

    private async Task ServeAsync()
    {
        try
        {
            await serve(channel);
        }
        finally
        {
            socket.Dispose();
        }
    }
}
