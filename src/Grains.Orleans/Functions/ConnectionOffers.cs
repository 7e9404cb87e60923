using Grains.Functions;

namespace Grains.Orleans.Functions;

/// <summary>What one connection of this silo offers, and the calls that it makes of what others offer.</summary>
internal sealed class ConnectionOffers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FunctionOffer> _offers = new(StringComparer.Ordinal);
    private readonly HashSet<OutgoingCall> _calls = [];
    private bool _closed;

    /// <summary>Other silos may know of it as a caller.</summary>
    public bool HasCalledElsewhere { get; private set; }

    /// <returns>False when it has closed.</returns>
    public bool Add(OutgoingCall call)
    {
        lock (_lock)
        {
            HasCalledElsewhere = true;
            return !_closed && _calls.Add(call);
        }
    }

    public void Remove(OutgoingCall call)
    {
        lock (_lock)
            _calls.Remove(call);
    }

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
    public IReadOnlyList<string> Close(out IReadOnlyList<OutgoingCall> calls)
    {
        lock (_lock)
        {
            _closed = true;
            calls = [.. _calls];
            string[] functions = [.. _offers.Keys];
            _offers.Clear();
            return functions;
        }
    }
}
