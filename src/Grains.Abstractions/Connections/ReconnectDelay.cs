namespace Grains;

/// <summary>The wait of a client before it tries again to connect: drawn evenly from nothing to a bound that doubles from min to max.</summary>
internal sealed class ReconnectDelay(TimeSpan min, TimeSpan max, Random random)
{
    private int _rounds;

    public void Reset() => _rounds = 0;

    public TimeSpan Next()
    {
        var bound = min * Math.Pow(2, Math.Min(_rounds++, 30));
        return random.NextDouble() * (bound < max ? bound : max);
    }
}
