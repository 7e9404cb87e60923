namespace Grains;

/// <summary>The call that a function is running.</summary>
public interface ICallContext
{
    string CallId { get; }

    /// <summary>Who calls; none when a program in the server's own process does.</summary>
    ConnectionId Caller { get; }

    DateTimeOffset Deadline { get; }

    CancellationToken Cancelled { get; }

    /// <summary>Sends progress, or one streamed item, to a caller that asked for a stream.</summary>
    ValueTask ReportAsync(Value item);
}
