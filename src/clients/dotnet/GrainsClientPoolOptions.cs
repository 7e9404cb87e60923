namespace Grains.Client;

/// <summary>The settings of a <see cref="GrainsClientPool"/>.</summary>
public sealed class GrainsClientPoolOptions
{
    public GrainsClientPoolOptions(GrainsClientOptions client) => Client = client;

    /// <summary>The settings of each client.</summary>
    public GrainsClientOptions Client { get; }

    /// <summary>Clients, each with its own connection.</summary>
    public int Size { get; init; } = 4;

    /// <summary>A client older than this is replaced as soon as nothing runs on it; so connections spread anew over servers that
    /// have joined behind a load balancer. Zero: never.</summary>
    public TimeSpan LifetimeMax { get; init; } = TimeSpan.FromMinutes(30);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Client);
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LifetimeMax, TimeSpan.Zero);
    }
}
