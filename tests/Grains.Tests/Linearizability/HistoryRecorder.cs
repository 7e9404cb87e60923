using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>
/// Records what concurrent clients ask and are told. <see cref="Begin"/> before the request leaves, then exactly one of the verbs of the
/// result once; one that is never ended counts as of unknown outcome. Safe for any number of threads.
/// </summary>
/// <param name="time">The clock that the server has too.</param>
public sealed class HistoryRecorder(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Operation> _operations = [];
    private long _places;

    public ImmutableArray<Operation> History
    {
        get
        {
            lock (_lock)
                return [.. _operations.Values.OrderBy(o => o.Invoked)];
        }
    }

    public Recorded Begin(int client, string key, KeyCall call)
    {
        lock (_lock)
        {
            var operation = new Operation(client, key, call, ++_places, NowUs());
            _operations.Add(operation.Invoked, operation);
            return new Recorded(this, operation);
        }
    }

    private long NowUs() => (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>An operation that has begun.</summary>
    public sealed class Recorded
    {
        private readonly HistoryRecorder _history;
        private readonly Operation _operation;

        internal Recorded(HistoryRecorder history, Operation operation)
        {
            _history = history;
            _operation = operation;
        }

        public void Returned(KeyReply reply)
        {
            lock (_history._lock)
                _history._operations[_operation.Invoked] = _operation with { Reply = reply, Returned = ++_history._places, ReturnedAtUs = _history.NowUs() };
        }

        /// <summary>The request surely never reached the server, or was refused with nothing done.</summary>
        public void NeverHappened()
        {
            lock (_history._lock)
                _history._operations.Remove(_operation.Invoked);
        }
    }
}
