using Grains.Functions;

namespace Grains.Orleans.Functions;

/// <summary>What one connection of this silo offers.</summary>
internal sealed class ConnectionOffers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FunctionOffer> _offers = new(StringComparer.Ordinal);
    private volatile bool _closed;

    /// <summary>Calls of it may be running on other silos.</summary>
    public volatile bool HasCalledElsewhere;

    public bool IsClosed => _closed;

    /// <returns>The refusal, or null.</returns>
    public CallReply? Add(FunctionOffer offer, int offersMax, out bool known)
    {
        lock (_lock)
        {
            known = _offers.ContainsKey(offer.Function);
            if (!known && _offers.Count >= offersMax)
                return FunctionErrors.TooManyOffers(offersMax);
            _offers[offer.Function] = offer;
            return null;
        }
    }

    public bool Remove(string function)
    {
        lock (_lock)
            return _offers.Remove(function);
    }

    public FunctionOffer? Find(string function)
    {
        lock (_lock)
            return _offers.GetValueOrDefault(function);
    }

    /// <returns>What it offered.</returns>
    public IReadOnlyList<string> Close()
    {
        lock (_lock)
        {
            _closed = true;
            string[] functions = [.. _offers.Keys];
            _offers.Clear();
            return functions;
        }
    }
}
