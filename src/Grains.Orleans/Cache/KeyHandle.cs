namespace Grains.Orleans.Cache;

/// <summary>What an engine hangs on a key that is used often: the reference to its grain.</summary>
internal sealed record KeyHandle(OrleansCache Cache, IKeyGrain Grain);
