namespace Grains.Client.Connections;

/// <summary>Within the client: the connection that something was meant for has ended.</summary>
internal sealed class ConnectionLostException(Exception reason) : Exception(reason.Message, reason);
