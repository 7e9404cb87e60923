using System.Diagnostics.CodeAnalysis;
using Grains.Functions;

namespace Grains.Local;

/// <summary>What one connection has to do with functions: what it offers, and the calls that it makes or runs. After
/// <see cref="Close"/> it takes nothing more.</summary>
internal sealed class ConnectionCalls(ConnectionId id)
{
    private readonly Lock _lock = new();

    // Made when there is something in them.
    private HashSet<RunningCall>? _calls;
    private HashSet<string>? _offers;
    private bool _closed;

    public ConnectionId Id => id;

    /// <returns>False when the connection is closed.</returns>
    public bool Add(RunningCall call)
    {
        lock (_lock)
        {
            if (!_closed)
                (_calls ??= []).Add(call);
            return !_closed;
        }
    }

    public void Remove(RunningCall call)
    {
        lock (_lock)
            _calls?.Remove(call);
    }

    /// <summary>Counts an offer, which is no more than noted when the connection made it before.</summary>
    /// <returns>The refusal, or null.</returns>
    public CallReply? AddOffer(string function, int offersMax)
    {
        lock (_lock)
        {
            if (_closed)
                return FunctionErrors.ConnectionNotFound(id);
            _offers ??= new HashSet<string>(StringComparer.Ordinal);
            if (!_offers.Contains(function) && _offers.Count >= offersMax)
                return FunctionErrors.TooManyOffers(offersMax);
            _offers.Add(function);
            return null;
        }
    }

    public bool RemoveOffer(string function)
    {
        lock (_lock)
            return _offers is not null && _offers.Remove(function);
    }

    /// <returns>False when it is closed already; otherwise what it had.</returns>
    public bool Close([NotNullWhen(true)] out RunningCall[]? calls, [NotNullWhen(true)] out string[]? offers)
    {
        lock (_lock)
        {
            calls = _closed ? null : [.. _calls ?? []];
            offers = _closed ? null : [.. _offers ?? []];
            _closed = true;
            _calls = null;
            _offers = null;
            return calls is not null;
        }
    }
}
