using Grains.Functions;

namespace Grains.Orleans.Functions;

/// <summary>What one connection of this silo offers, and the calls that it makes of what others offer.</summary>
internal sealed class ConnectionOffers(ConnectionId connection)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FunctionOffer> _offers = new(StringComparer.Ordinal);
    private readonly HashSet<OutgoingCall> _calls = [];
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private bool _closed;

    /// <summary>Other silos may know of it, as a caller or a provider.</summary>
    public bool HasBeenElsewhere { get; private set; }

    public bool IsClosed
    {
        get
        {
            lock (_lock)
                return _closed;
        }
    }

    /// <returns>False when it has closed.</returns>
    public bool Add(OutgoingCall call)
    {
        lock (_lock)
        {
            HasBeenElsewhere = true;
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
            if (_closed)
                return FunctionErrors.ConnectionNotFound(connection);
            if (!known && _offers.Count >= offersMax)
                return FunctionErrors.TooManyOffers(offersMax);
            _offers[offer.Function] = offer;
            HasBeenElsewhere = true;
            return null;
        }
    }

    public bool Remove(string function)
    {
        lock (_lock)
            return _offers.Remove(function);
    }

    /// <summary>Takes back this very offer, not one of the same function that has come after it.</summary>
    public void Remove(FunctionOffer offer)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_offers.GetValueOrDefault(offer.Function), offer))
                _offers.Remove(offer.Function);
        }
    }

    public FunctionOffer? Find(string function)
    {
        lock (_lock)
            return _offers.GetValueOrDefault(function);
    }

    /// <summary>What is said of one function to who decides it, one thing after the other, so that nothing is overtaken by what was said
    /// before.</summary>
    public Task<T> InTurnAsync<T>(string function, Func<Task<T>> say)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(function, out var turn))
                _turns[function] = turn = new Turn();
            turn.Waiting++;
            var said = SayAsync(turn.Last, say, function, turn);
            turn.Last = said;
            return said;
        }
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

    private async Task<T> SayAsync<T>(Task before, Func<Task<T>> say, string function, Turn turn)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await say().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                if (--turn.Waiting == 0)
                    _turns.Remove(function);
            }
        }
    }

    private sealed class Turn
    {
        public Task Last { get; set; } = Task.CompletedTask;

        public int Waiting { get; set; }
    }
}
