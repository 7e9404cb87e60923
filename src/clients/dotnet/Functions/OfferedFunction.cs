using Grains.Client.Connections;
using Grains.Functions.Binding;

namespace Grains.Client.Functions;

/// <summary>A function this client offers, on whatever connection there is.</summary>
internal sealed class OfferedFunction
{
    private readonly Lock _lock = new();
    private readonly int _runningMax;
    private Connection? _askedOn;
    private int _running;

    public OfferedFunction(FunctionOffer offer, Delegate function)
    {
        Function = new DelegateFunction(offer.Function, function);
        Offer = offer.Parameters.IsEmpty ? offer with { Parameters = Function.ParameterNames } : offer;
        _runningMax = offer.ConcurrencyMax ?? ConcurrencyDefault;
    }

    /// <summary>Calls run at once when the offer does not say.</summary>
    public const int ConcurrencyDefault = 1_000;

    public FunctionOffer Offer { get; }

    public DelegateFunction Function { get; }

    /// <summary>The connection on which it was last registered, or is to be; null before the first acceptance.</summary>
    public Connection? AskedOn
    {
        get
        {
            lock (_lock)
                return _askedOn;
        }
    }

    /// <summary>The server has accepted the first registration, on this connection: it is registered again on each further one.</summary>
    public void Accept(Connection connection)
    {
        lock (_lock)
            _askedOn = connection;
    }

    /// <summary>True when it is to be registered again on this connection, once: it has been accepted, and on another.</summary>
    public bool TryAskOn(Connection connection)
    {
        lock (_lock)
        {
            if (_askedOn is null || _askedOn == connection)
                return false;
            _askedOn = connection;
            return true;
        }
    }

    /// <summary>Takes a place for one call; false when all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= _runningMax)
            return true;
        Interlocked.Decrement(ref _running);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
