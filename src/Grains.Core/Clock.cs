namespace Grains;

/// <summary>The unit of time inside the engine: microseconds of the Unix epoch, from a <see cref="TimeProvider"/>.
/// A double of seconds holds it exactly until the year 2242, so it survives JSON.</summary>
public static class Clock
{
    public static long NowUs(this TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    }

    public static long ToUs(this TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    public static double ToSeconds(long us) => us / 1e6;

    public static long FromSeconds(double seconds) => (long)Math.Round(seconds * 1e6);
}
