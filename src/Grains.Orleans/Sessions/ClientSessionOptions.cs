namespace Grains.Orleans;

/// <summary>
/// What a silo lets the programs have that are its Orleans clients and use the user API. To change it the silo's program registers an object of its
/// own as a singleton before <c>AddGrains</c>.
/// </summary>
public sealed class ClientSessionOptions
{
    /// <summary>Sessions on this silo; past it a new one is refused with <see cref="ErrorCode.TooManyConnections"/>.</summary>
    public int SessionsMax { get; init; } = 10_000;

    /// <summary>Connections of one session: one for each subscription, and one. Past it subscriptions are refused with
    /// <see cref="ErrorCode.TooManySubscriptions"/>. What waits for a session's client is at most a MiB for each of them, and
    /// <see cref="WaitingBytesMax"/>.</summary>
    public int ConnectionsMax { get; init; } = 1_000;

    /// <summary>Calls of one session whose answer its client has not got; past it <see cref="ErrorCode.TooManyCalls"/>.</summary>
    public int CallsMax { get; init; } = 10_000;

    /// <summary>Bytes of answers, streamed items and invocations that wait for the client. Beyond, what others cause is refused: streams are cut
    /// with <see cref="ErrorCode.SlowReader"/>, the next provider is asked; and so are further calls of its own.</summary>
    public long WaitingBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of events fetched at once, but at least one event.</summary>
    public int BatchBytesMax { get; init; } = 1024 * 1024;

    /// <summary>How long a client's question waits for something to happen.</summary>
    public TimeSpan PollTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a question of its client a session is ended. More than <see cref="PollTimeMax"/>.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a silo that stops lets its clients have to go to another one and to let the calls end that run. Not at all when there is no
    /// other.</summary>
    public TimeSpan LeaveTimeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of waiting and silence.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Refuses what is out of its range.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SessionsMax, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CallsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WaitingBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PollTimeMax, TimeSpan.Zero);
        // A question takes longer than it waits, and Orleans gives up an answer after 30 s.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PollTimeMax, TimeSpan.FromSeconds(20));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SilenceMax, PollTimeMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(LeaveTimeMax, TimeSpan.Zero);
    }
}
