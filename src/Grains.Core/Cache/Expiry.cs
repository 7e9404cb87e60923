namespace Grains.Cache;

/// <summary>When an entry ends. It is there up to and including <see cref="AtUs"/>: expired when now − start > time to live.</summary>
/// <param name="AtUs">Microseconds of the Unix epoch; <see cref="long.MaxValue"/> for never.</param>
/// <param name="TtlUs">The time to live it was given, microseconds; 0 when it never expires.</param>
/// <param name="Sliding">Each access starts the time to live anew.</param>
public readonly record struct Expiry(long AtUs, long TtlUs, bool Sliding)
{
    public static readonly Expiry Never = new(long.MaxValue, 0, false);

    public bool IsNever => AtUs == long.MaxValue;

    /// <summary>From now for <paramref name="ttl"/>; never when it is null.</summary>
    public static Expiry After(TimeSpan? ttl, bool sliding, long nowUs) =>
        ttl is { } span ? new Expiry(nowUs + span.ToUs(), span.ToUs(), sliding) : Never;

    public bool HasPassed(long nowUs) => nowUs > AtUs;
}
