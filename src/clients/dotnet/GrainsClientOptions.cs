namespace Grains.Client;

/// <summary>The settings of a <see cref="GrainsClient"/>.</summary>
public sealed class GrainsClientOptions
{
    public GrainsClientOptions(params IReadOnlyList<string> endpoints) => Endpoints = endpoints;

    /// <summary>Servers in order of preference: <c>ws://host:9001/</c>, <c>wss://…</c>, <c>tcp://host:9002</c>, <c>tcps://…</c>.
    /// When one cannot be reached the next is tried.</summary>
    public IReadOnlyList<string> Endpoints { get; }

    /// <summary>The name this client gives itself, for people.</summary>
    public string ClientName { get; init; } = "grains-dotnet";

    /// <summary>A bearer token; null: none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>An API key; null: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Headers of the WebSocket upgrade.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Time for one request, waiting for a connection included. Calls have as long as their own timeout if that is longer.
    /// At most a day.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Give writes an <c>op_id</c>, so that one whose connection was lost is sent again and takes effect once. A key or topic
    /// remembers a bounded number of them, so only the first 32 writes of this client to it within five minutes get one.
    /// A write beyond, or with this off, ends with <see cref="ErrorCode.ConnectionLost"/>: its outcome is unknown.</summary>
    public bool RetryWrites { get; init; } = true;

    public GrainsClientTlsOptions Tls { get; init; } = new();

    public GrainsClientConnectionOptions Connection { get; init; } = new();

    public GrainsClientLimits Limits { get; init; } = new();

    /// <summary>Told of what no caller can be told: a connection that was lost or could not be made, a function that could not be
    /// offered again, what a function's callback threw when its call was cancelled. Must return at once and not throw.</summary>
    public Action<Exception>? OnError { get; init; }

    /// <summary>The clock of timeouts and delays.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (Endpoints.Count == 0)
            throw new ArgumentException("At least one endpoint is needed.");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RequestTimeout, GrainsClientConnectionOptions.Longest);
        Connection.Validate();
        Limits.Validate();
    }
}
