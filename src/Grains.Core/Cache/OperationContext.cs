namespace Grains.Cache;

/// <summary>What a row may look at besides state and arguments.</summary>
/// <param name="NowUs">The turn's time.</param>
/// <param name="Options">The limits.</param>
public readonly record struct OperationContext(long NowUs, CacheOptions Options);
