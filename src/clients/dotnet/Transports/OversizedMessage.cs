namespace Grains.Client.Transports;

/// <summary>A message that is longer than the client accepts. It ends the connection; what may have caused it is not asked for again.</summary>
internal static class OversizedMessage
{
    public static GrainsException Of(string length, int limit) => new(
        ErrorCode.MessageTooLarge,
        $"The server sent a message of {length}; this client accepts {limit} (GrainsClientLimits.MessageBytesMax).");

    public static bool Is(Exception reason) => reason is GrainsException { Code: ErrorCode.MessageTooLarge };
}
