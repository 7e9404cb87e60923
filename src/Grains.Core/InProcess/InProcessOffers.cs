using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Functions.Binding;

namespace Grains.InProcess;

/// <summary>The delegates a program in this process offers, and their running calls. They run on the thread pool, never in the engine's
/// turn.</summary>
internal sealed class InProcessOffers(IFunctionEngine engine, ConnectionId provider) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, DelegateFunction> _functions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, InProcessCall> _calls = new(StringComparer.Ordinal);

    /// <exception cref="GrainsException">The engine refused.</exception>
    public async ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function)
    {
        var bound = new DelegateFunction(offer.Function, function);
        var former = _functions.GetValueOrDefault(offer.Function);
        _functions[offer.Function] = bound;
        var named = offer.Parameters.IsEmpty ? offer with { Parameters = bound.ParameterNames } : offer;
        var reply = await engine.OfferAsync(provider, named).ConfigureAwait(false);
        if (reply.Error == ErrorCode.None)
            return new Withdrawal(this, offer.Function, bound);
        if (former is null)
            _functions.TryRemove(new KeyValuePair<string, DelegateFunction>(offer.Function, bound));
        else
            _functions.TryUpdate(offer.Function, former, bound);
        throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details);
    }

    /// <summary>Begins a call; returns at once.</summary>
    public void Invoke(Invocation invocation)
    {
        var call = new InProcessCall(engine, provider, invocation);
        _calls[invocation.CallId] = call;
        call.Running = Task.Run(() => RunAsync(call, invocation));
    }

    public void Cancel(string callId)
    {
        if (_calls.TryGetValue(callId, out var call))
            call.Cancel();
    }

    /// <summary>Cancels what runs and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        // One snapshot: what is waited for has been cancelled.
        var calls = _calls.Values;
        foreach (var call in calls)
            call.Cancel();
        await Task.WhenAll(calls.Select(c => c.Running)).ConfigureAwait(false);
    }

    private async Task RunAsync(InProcessCall call, Invocation invocation)
    {
        try
        {
            // A function that was withdrawn a moment ago has not run: the next provider may.
            var reply = _functions.TryGetValue(invocation.Function, out var function)
                ? await function.RunAsync(invocation.Arguments, invocation.Keywords, call, invocation.Stream).ConfigureAwait(false)
                : CallReply.Fail(ErrorCode.Busy, "The provider is busy.");
            await engine.CompleteAsync(provider, call.CallId, reply).ConfigureAwait(false);
        }
        finally
        {
            _calls.TryRemove(new KeyValuePair<string, InProcessCall>(call.CallId, call));
        }
    }

    private sealed class Withdrawal(InProcessOffers offers, string name, DelegateFunction function) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // Replaced by a later offer of the same name: that one stays.
            if (offers._functions.TryRemove(new KeyValuePair<string, DelegateFunction>(name, function)))
                await offers.WithdrawAsync(name).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> WithdrawAsync(string name) => engine.WithdrawAsync(provider, name);
}
