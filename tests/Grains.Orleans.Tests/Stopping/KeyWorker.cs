using System.Collections.Concurrent;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>Counts keys up, one after the other and again, and compares each answer with what it knows. They begin at 1, and nobody else writes
/// them.</summary>
internal sealed class KeyWorker
{
    private static readonly CacheCommand Increment = new("increment") { By = Value.From(1), Initial = Value.From(0) };

    private readonly ICache _cache;
    private readonly Dictionary<CacheKey, Known> _known;
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentDictionary<CacheKey, bool> _restarted = new();
    private volatile bool _stopping;
    private Task _working = Task.CompletedTask;

    public KeyWorker(ICache cache, IEnumerable<CacheKey> keys)
    {
        _cache = cache;
        _known = keys.ToDictionary(key => key, _ => new Known());
    }

    public Counter Done { get; } = new();

    /// <summary>Why requests were not answered.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Values that do not follow from what was answered before, and revisions that did not grow.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Keys that have begun again.</summary>
    public ICollection<CacheKey> Restarted => _restarted.Keys;

    public void Start() => _working = Task.Run(RunAsync);

    /// <summary>Ends the work, and then counts each key up once more, until it answers.</summary>
    public async Task FinishAsync()
    {
        _stopping = true;
        await _working.WaitAsync(Counter.Patience);
        foreach (var key in _known.Keys)
        {
            while (!await StepAsync(key))
            {
                // It tries on.
            }
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping)
        {
            foreach (var key in _known.Keys)
                await StepAsync(key);
        }
    }

    private async Task<bool> StepAsync(CacheKey key)
    {
        var known = _known[key];
        try
        {
            var reply = await _cache.ExecuteAsync(key, Increment);
            if (!reply.IsError)
            {
                Compare(key, known, reply.Value.As<long>(), reply.Revision);
                Done.Add();
                return true;
            }

            _refusals.Enqueue($"{key}: {reply.Error} {reply.Message}");
        }
        catch (GrainsException error)
        {
            _refusals.Enqueue($"{key}: {error.Code} {error.Message}");
        }

        known.Unknown++;
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        return false;
    }

    private void Compare(CacheKey key, Known known, long value, long revision)
    {
        if (value <= known.Value)
            _restarted[key] = true;
        else if (value > known.Value + known.Unknown + 1)
            _faults.Enqueue($"{key} is {value} after {known.Value} and {known.Unknown} requests without an answer");
        if (revision <= known.Revision)
            _faults.Enqueue($"{key} has revision {revision} after {known.Revision}");
        (known.Value, known.Revision, known.Unknown) = (value, revision, 0);
    }

    private sealed class Known
    {
        public long Value { get; set; } = 1;

        public long Revision { get; set; }

        /// <summary>Requests since then whose outcome is not known.</summary>
        public int Unknown { get; set; }
    }
}
