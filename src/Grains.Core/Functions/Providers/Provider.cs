using System.Collections.Frozen;

namespace Grains.Functions;

/// <summary>One provider of one function: a connection, or this server when <see cref="Function"/> is there. Its fields change under
/// the lock of the queue it belongs to.</summary>
internal sealed class Provider
{
    public Provider(ConnectionId connection, FunctionOffer offer, ServerFunction? function, int concurrencyMax)
    {
        Connection = connection;
        Replace(offer, function, concurrencyMax);
    }

    /// <summary>None for a function in the server.</summary>
    public ConnectionId Connection { get; }

    public FunctionOffer Offer { get; private set; } = null!;

    public ServerFunction? Function { get; private set; }

    public FrozenSet<string> Locs { get; private set; } = FrozenSet<string>.Empty;

    /// <summary>Calls it runs at once at most.</summary>
    public int Limit { get; private set; }

    /// <summary>Calls it runs now.</summary>
    public int Running { get; set; }

    public bool HasPlace => Running < Limit;

    /// <summary>A new offer of the same provider; what runs goes on and counts.</summary>
    public void Replace(FunctionOffer offer, ServerFunction? function, int concurrencyMax)
    {
        Offer = offer;
        Function = function;
        Locs = offer.Locs.IsDefaultOrEmpty ? FrozenSet<string>.Empty : offer.Locs.ToFrozenSet(StringComparer.Ordinal);
        Limit = Math.Min(offer.ConcurrencyMax ?? concurrencyMax, concurrencyMax);
    }
}
