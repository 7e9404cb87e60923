using System.Collections.Immutable;
using Grains.Functions;

namespace Grains.Local;

/// <summary>
/// The providers of one function and, when all are at their limits, the calls that wait for a place, first come first served.
/// Its lock guards both and the places; no other lock is taken under it. A call that was waiting goes on on the thread pool, so
/// that the end of one call never runs another on its stack.
/// </summary>
internal sealed class ProviderQueue(string function, int waitingMax)
{
    private readonly Lock _lock = new();
    private readonly ProviderSet _providers = new();
    private readonly LinkedList<RunningCall> _waiting = new();

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _providers.Count == 0 && _waiting.Count == 0;
        }
    }

    /// <summary>Finds a place for a call, or makes it wait.</summary>
    /// <param name="call">The call.</param>
    /// <param name="provider">Where it got a place; null when it waits (then it is told by <see cref="RunningCall.Ask"/>), was
    /// refused or has ended meanwhile.</param>
    /// <returns>The refusal, or null.</returns>
    public CallReply? Take(RunningCall call, out Provider? provider)
    {
        provider = null;
        lock (_lock)
        {
            if (call.HasEnded)
                return null;
            if (_providers.TryChoose(call.Request, out provider, out var mayWait))
            {
                Hold(call, provider);
                return null;
            }

            if (!mayWait)
                return call.Request.WasRefused ? FunctionErrors.Refused(function) : FunctionErrors.NotFound(function);
            if (_waiting.Count >= waitingMax)
                return FunctionErrors.TooManyWaiting(function, waitingMax);
            call.WaitingNode = _waiting.AddLast(call);
            return null;
        }
    }

    /// <summary>A call has ended: it waits no more, and gives back the place it has at a connection. (A function in the server has its
    /// place until it returns, whatever became of the call.)</summary>
    public void Leave(RunningCall call)
    {
        lock (_lock)
        {
            if (call.WaitingNode is { } node)
            {
                _waiting.Remove(node);
                call.WaitingNode = null;
            }

            if (call.Held is { Function: null })
                GiveBack(call);
        }
    }

    /// <summary>The provider has not run the call, or has returned from it.</summary>
    public void Free(RunningCall call)
    {
        lock (_lock)
            GiveBack(call);
    }

    /// <summary>Adds a provider, or replaces what the same connection offered.</summary>
    public void Offer(ConnectionId connection, FunctionOffer offer, ServerFunction? function, int concurrencyMax)
    {
        lock (_lock)
        {
            if (Find(connection) is { } known)
                known.Replace(offer, function, concurrencyMax);
            else
                _providers.Add(new Provider(connection, offer, function, concurrencyMax));
            Recheck();
        }
    }

    /// <returns>False when the connection offered nothing here.</returns>
    public bool Withdraw(ConnectionId connection)
    {
        lock (_lock)
        {
            if (Find(connection) is not { } provider)
                return false;
            _providers.Remove(provider);
            Recheck();
            return true;
        }
    }

    public void List(ImmutableArray<FunctionInfo>.Builder list)
    {
        lock (_lock)
        {
            foreach (var provider in _providers.All)
                list.Add(new FunctionInfo(provider.Offer, provider.Connection.ToString(), provider.Running));
        }
    }

    private void GiveBack(RunningCall call)
    {
        if (call.Held is not { } provider)
            return;
        call.Held = null;
        provider.Running--;
        if (_waiting.Count == 0 || !_providers.Contains(provider))
            return;
        for (var node = _waiting.First; node is not null && provider.HasPlace; node = node.Next)
        {
            if (!node.Value.Request.Admits(provider, out _))
                continue;
            _waiting.Remove(node);
            Continue(node.Value, provider);
            return;
        }
    }

    // After a change of the offers: those that now have a place get it; those that nobody could serve any more go on to hear so.
    private void Recheck()
    {
        var node = _waiting.First;
        while (node is not null)
        {
            var next = node.Next;
            var hasPlace = _providers.TryChoose(node.Value.Request, out var provider, out var mayWait);
            if (hasPlace || !mayWait)
            {
                _waiting.Remove(node);
                Continue(node.Value, provider);
            }

            node = next;
        }
    }

    private static void Continue(RunningCall call, Provider? provider)
    {
        call.WaitingNode = null;
        if (provider is not null)
            Hold(call, provider);
        ThreadPool.UnsafeQueueUserWorkItem(static waited => waited.call.Ask(waited.provider), (call, provider), preferLocal: false);
    }

    private static void Hold(RunningCall call, Provider provider)
    {
        provider.Running++;
        call.Held = provider;
    }

    private Provider? Find(ConnectionId connection)
    {
        foreach (var provider in _providers.All)
        {
            if (provider.Connection == connection)
                return provider;
        }

        return null;
    }
}
