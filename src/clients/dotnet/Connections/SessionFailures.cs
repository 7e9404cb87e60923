using Grains.Client.Transports;

namespace Grains.Client.Connections;

/// <summary>How callers and <see cref="GrainsClientOptions.OnError"/> are told what became of a connection or a request. What never left has
/// not happened, and the exception says so.</summary>
internal static class SessionFailures
{
    public static GrainsException NotMade(Endpoint endpoint, Exception exception)
    {
        // The cause of a failed WebSocket lies deeper: "Unable to connect to the remote server" tells nobody anything.
        var cause = exception is GrainsException ? exception.Message : exception.GetBaseException().Message;
        return new GrainsException(ErrorCode.ConnectionLost, $"No connection to {endpoint}", cause, exception);
    }

    public static GrainsException Lost(Endpoint endpoint, Exception reason) =>
        new(ErrorCode.ConnectionLost, $"The connection to {endpoint} was lost.", reason.Message, reason);

    public static GrainsException Unanswered(Exception reason, bool oversized) => oversized
        ? new GrainsException(ErrorCode.MessageTooLarge, reason.Message, "It may have been the answer, or have come before it.", reason)
        : new GrainsException(ErrorCode.ConnectionLost, "The connection was lost before the answer came.", reason.Message, reason);

    public static GrainsException NoAnswer(TimeSpan timeout) => new(ErrorCode.Timeout, $"No answer came within {Seconds(timeout)}.");

    public static GrainsException NoConnection(TimeSpan timeout, Exception? lastFailure) => new(ErrorCode.ConnectionLost,
        $"There was no connection for {Seconds(timeout)}; the request was not sent.", lastFailure?.Message, lastFailure) { Retry = Retry.Safe };

    public static GrainsException NotSent(TimeSpan timeout) =>
        new(ErrorCode.Timeout, $"The request could not be sent within {Seconds(timeout)}.") { Retry = Retry.Safe };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";
}
