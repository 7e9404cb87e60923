namespace Grains.Client.Connections;

/// <summary>The wait between rounds over the endpoints: drawn evenly from nothing to a bound that doubles from min to max.</summary>
internal sealed class ReconnectDelay(GrainsClientConnectionOptions options, Random random)
{
    private int _rounds;

    public void Reset() => _rounds = 0;

    public TimeSpan Next()
    {
        var bound = options.ReconnectDelayMin * Math.Pow(2, Math.Min(_rounds++, 30));
        return random.NextDouble() * (bound < options.ReconnectDelayMax ? bound : options.ReconnectDelayMax);
    }
}
