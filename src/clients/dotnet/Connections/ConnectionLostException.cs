namespace Grains.Client.Connections;

/// <summary>Within the client: a request's connection ended before its answer.</summary>
internal sealed class ConnectionLostException(bool wasSent, Exception reason) : Exception(reason.Message, reason)
{
    /// <summary>False: the request never left, so it may go elsewhere.</summary>
    public bool WasSent { get; } = wasSent;
}
