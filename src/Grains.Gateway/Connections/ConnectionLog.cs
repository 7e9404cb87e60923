using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Connections;

/// <summary>Event ids 2000 to 2099.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(2000, LogLevel.Error, "Connection {Connection} failed.")]
    public static partial void Failed(ILogger logger, string connection, Exception exception);

    [LoggerMessage(2001, LogLevel.Information, "Connection {Connection} over {Transport} broke the rules and is closed: {Reason}")]
    public static partial void Malformed(ILogger logger, string connection, string transport, string reason);

    [LoggerMessage(2002, LogLevel.Information, "Connection {Connection} over {Transport} does not answer and is cut.")]
    public static partial void Dead(ILogger logger, string connection, string transport);

    [LoggerMessage(2003, LogLevel.Warning,
        "{Count} connections were refused since this was last said, the last over {Transport}: {ConnectionsMax} are open.")]
    public static partial void Refused(ILogger logger, int count, string transport, int connectionsMax);

    [LoggerMessage(2004, LogLevel.Error, "A request of connection {Connection} failed.")]
    public static partial void RequestFailed(ILogger logger, string connection, Exception exception);

    [LoggerMessage(2006, LogLevel.Debug, "Connection {Connection} over {Transport} was closed without an answer of its peer.")]
    public static partial void NoCloseAnswer(ILogger logger, string connection, string transport);

    [LoggerMessage(2007, LogLevel.Debug, "Connection {Connection} is read no further: {Exception}")]
    public static partial void ReadingEnded(ILogger logger, string connection, string exception);

    [LoggerMessage(2008, LogLevel.Debug, "A client over {Transport} left while it was being refused: {Exception}")]
    public static partial void RefusalNotTaken(ILogger logger, string transport, string exception);

    [LoggerMessage(2005, LogLevel.Warning, "{Count} connections still had running calls when the server stopped.")]
    public static partial void CutOff(ILogger logger, int count);
}
