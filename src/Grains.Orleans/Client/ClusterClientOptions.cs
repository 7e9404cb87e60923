namespace Grains.Orleans;

/// <summary>The settings of a program that uses Grains as an Orleans client. To change them it registers an object of its own as a singleton
/// before <c>AddGrains</c>.</summary>
public sealed class ClusterClientOptions
{
    /// <summary>The name this program gives itself, for people.</summary>
    public string ClientName { get; init; } = "grains-orleans";

    /// <summary>Time for subscribing and offering, waiting for a silo included. Calls have as long as their own timeout.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one question to the silo for what has happened waits for an answer that says something. It is answered at once when
    /// something happens; the time says how often an idle program gives a sign of life. The silo may make it shorter.</summary>
    public TimeSpan PollTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much later than that the answer may come before the silo counts as lost and another is asked.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Upper bound of the wait after the first failure to open a session; it doubles with each further one.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the bound stops doubling.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of timeouts and delays.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Refuses what is out of its range.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PollTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PollTime, TimeSpan.FromSeconds(20));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AnswerTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReconnectDelayMin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReconnectDelayMax, ReconnectDelayMin);
    }
}
