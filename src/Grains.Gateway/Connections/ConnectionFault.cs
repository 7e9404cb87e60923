using Microsoft.AspNetCore.Connections;

namespace Grains.Gateway.Connections;

/// <summary>Tells exceptions that only mean "the peer or the server has cut the connection" from faults.</summary>
internal static class ConnectionFault
{
    public static bool IsPeersOwn(Exception exception) =>
        exception is IOException or OperationCanceledException or ObjectDisposedException or ConnectionAbortedException or ConnectionResetException;
}
