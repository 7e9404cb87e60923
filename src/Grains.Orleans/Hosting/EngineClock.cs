namespace Grains.Orleans;

/// <summary>The clock of keys, topics and calls; apart from the one that the silo itself runs on, so that a test can hold this one alone.</summary>
/// <param name="Time">The clock.</param>
public sealed record EngineClock(TimeProvider Time);
