namespace Grains;

/// <summary>The wait of a client before it tries again to connect: drawn evenly from nothing to a bound that doubles from min to max.</summary>
internal sealed class ReconnectDelay(TimeSpan min, TimeSpan max, Random random)
{
    private int _rounds;

    public void Reset() => _rounds = 0;

    public TimeSpan Next()
    {
        // In seconds: doubled thirty times, hours are more than a TimeSpan holds.
        var bound = Math.Min(min.TotalSeconds * Math.Pow(2, Math.Min(_rounds++, 30)), max.TotalSeconds);
        return TimeSpan.FromSeconds(random.NextDouble() * bound);
    }
}
