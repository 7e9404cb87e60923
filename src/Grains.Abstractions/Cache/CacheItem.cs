namespace Grains;

/// <summary>What a read of the cache found: <see cref="Value"/> has a meaning only when <see cref="Found"/> is true, because
/// a stored null is present too.</summary>
/// <param name="Found">The key, member or field is there.</param>
/// <param name="Value">Its value.</param>
/// <param name="Revision">The entry's revision; 0 when there is none.</param>
public readonly record struct CacheItem<T>(bool Found, T? Value, long Revision = 0);

/// <summary>How a test-and-set or compare-and-swap ended.</summary>
/// <param name="Succeeded">The comparison held and the new value is stored.</param>
/// <param name="OldValue">The value before; the default of T when there was no entry.</param>
/// <param name="Revision">The entry's revision afterwards; 0 when there is no entry.</param>
public readonly record struct SwapResult<T>(bool Succeeded, T? OldValue, long Revision);

/// <summary>A member of a sorted set as it is read, with its score.</summary>
public readonly record struct Scored<T>(T? Value, double Score);
