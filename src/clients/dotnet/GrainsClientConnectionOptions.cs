namespace Grains.Client;

/// <summary>How the client makes its connection and keeps it.</summary>
public sealed class GrainsClientConnectionOptions
{
    /// <summary>The longest of these times, and of <see cref="GrainsClientOptions.RequestTimeout"/>: timers take no more than some weeks.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Time to connect to one endpoint, its TLS and greeting included; at most a day.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Upper bound of the wait after the first failed round over the endpoints; it doubles with each further one.
    /// The wait is drawn evenly between nothing and the bound, so that clients do not come back all at once.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the bound stops doubling; at most a day.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a sign of life the server is asked for one; after as long again the connection is given up.
    /// At most a day.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(20);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConnectTimeout, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReconnectDelayMin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReconnectDelayMax, ReconnectDelayMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ReconnectDelayMax, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HeartbeatInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HeartbeatInterval, Longest);
    }
}
