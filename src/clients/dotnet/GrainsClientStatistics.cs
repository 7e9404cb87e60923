namespace Grains.Client;

/// <summary>What a client has done since it was made.</summary>
/// <param name="RequestsSent">Requests of every kind, those that failed included.</param>
/// <param name="RequestsInFlight">Requests that wait for their answer now.</param>
/// <param name="CacheHits">Reads of a key that found it.</param>
/// <param name="CacheMisses">Reads of a key that did not.</param>
/// <param name="AverageLatency">From request to answer, waits for a connection included.</param>
/// <param name="Reconnects">Connections made after the first.</param>
public readonly record struct GrainsClientStatistics(
    long RequestsSent, long RequestsInFlight, long CacheHits, long CacheMisses, TimeSpan AverageLatency, long Reconnects);
