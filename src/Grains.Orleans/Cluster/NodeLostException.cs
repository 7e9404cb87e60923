using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Cluster;

/// <summary>A silo was lost or does not answer; whether it did what it was asked is not known.</summary>
[GenerateSerializer, Alias("grains.NodeLostException")]
internal sealed class NodeLostException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>What crosses silos of an error of the user API: the exception that it was made from.</summary>
    public static NodeLostException Of(GrainsException error) =>
        error.InnerException as NodeLostException ?? new(error.Message, error.InnerException ?? new TimeoutException(error.Message));

    /// <summary>Whether an exception of a call says that its silo, and not what it was asked to do, is the trouble.</summary>
    public static bool IsOne(Exception error) => error is NodeLostException or OrleansException or TimeoutException or ObjectDisposedException
        or System.Net.Sockets.SocketException or GrainsException { Code: ErrorCode.NodeLost };
}
