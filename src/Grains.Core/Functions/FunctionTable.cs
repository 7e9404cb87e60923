namespace Grains.Functions;

/// <summary>
/// The .NET functions of this process by name. Filled at startup, and later too: engines that were attached see each change.
/// Safe for threads.
/// </summary>
public sealed class FunctionTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServerFunction> _functions = new(StringComparer.Ordinal);
    private readonly List<IFunctionTableWatcher> _watchers = [];
    private readonly FunctionOptions _options;
    private readonly ResultCache _cache;

    public FunctionTable(FunctionOptions? options = null, TimeProvider? time = null)
    {
        _options = options ?? new FunctionOptions();
        _cache = new ResultCache(time ?? TimeProvider.System, _options.CachedResultsMax, _options.CachedBytesMax);
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _functions.Count;
        }
    }

    internal ResultCache Cache => _cache;

    public bool Contains(string name)
    {
        lock (_lock)
            return _functions.ContainsKey(name);
    }

    /// <inheritdoc cref="Add(FunctionOffer, Delegate, bool)"/>
    public IDisposable Add(string name, Delegate function) => Add(new FunctionOffer(name), function);

    /// <summary>Adds a function, or replaces the one of that name. Arguments are bound by position and name; a
    /// <see cref="CancellationToken"/> and an <see cref="ICallContext"/> are supplied; <c>Task</c>, <c>ValueTask</c> and
    /// <c>IAsyncEnumerable</c> results are understood; a <see cref="CallReply"/> is answered as it is.</summary>
    /// <param name="offer">The name and what goes with it; parameter names are filled in when absent.</param>
    /// <param name="function">The delegate.</param>
    /// <param name="inline">A function runs on the thread pool; true says that it is so short that it may run on the thread of
    /// its caller.</param>
    /// <returns>Disposing it takes the function out again, unless another has replaced it; keep it only if you want that.</returns>
    /// <exception cref="GrainsException">The name is reserved, or the offer is over a limit.</exception>
    public IDisposable Add(FunctionOffer offer, Delegate function, bool inline = false)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(function);
        if (OfferRules.Check(offer, _options) is { } refusal)
            throw new GrainsException(refusal.Error, refusal.Message!, refusal.Details);
        var added = new ServerFunction(offer, function, inline, _cache, _options.ResultBytesMax);
        lock (_lock)
        {
            _functions[offer.Function] = added;
            foreach (var watcher in _watchers)
                watcher.Added(added);
        }

        return new Registration(this, added);
    }

    /// <returns>False when there was no such function. Running calls go on.</returns>
    public bool Remove(string name) => Remove(name, only: null);

    /// <summary>Tells a watcher of every function there is, and from now on of each change, in order.</summary>
    internal void Attach(IFunctionTableWatcher watcher)
    {
        lock (_lock)
        {
            foreach (var function in _functions.Values)
                watcher.Added(function);
            _watchers.Add(watcher);
        }
    }

    internal void Detach(IFunctionTableWatcher watcher)
    {
        lock (_lock)
            _watchers.Remove(watcher);
    }

    private bool Remove(string name, ServerFunction? only)
    {
        lock (_lock)
        {
            if (!_functions.TryGetValue(name, out var function) || (only is not null && function != only))
                return false;
            _functions.Remove(name);
            foreach (var watcher in _watchers)
                watcher.Removed(name);
            return true;
        }
    }

    private sealed class Registration(FunctionTable table, ServerFunction function) : IDisposable
    {
        public void Dispose() => table.Remove(function.Offer.Function, function);
    }
}
