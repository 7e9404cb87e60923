using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Grains.Client.Pools;

/// <summary>The functions of a pool: each call by the least busy client; an offer keeps its client until it is withdrawn.</summary>
internal sealed class PooledFunctions(ClientSlots slots) : IFunctions
{
    public ValueTask<CallReply> CallAsync(FunctionCall call, CancellationToken cancellationToken = default) =>
        RunAsync(functions => functions.CallAsync(call, cancellationToken));

    public ValueTask<GraphReply> RunAsync(CallGraph graph, CancellationToken cancellationToken = default) =>
        RunAsync(functions => functions.RunAsync(graph, cancellationToken));

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern = "*", CancellationToken cancellationToken = default) =>
        RunAsync(functions => functions.ListAsync(pattern, cancellationToken));

    public async IAsyncEnumerable<Value> StreamAsync(FunctionCall call, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var slot = slots.Enter();
        try
        {
            await foreach (var item in slot.Client.Functions.StreamAsync(call, cancellationToken).ConfigureAwait(false))
                yield return item;
        }
        finally
        {
            slot.Leave();
        }
    }

    public async ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function, CancellationToken cancellationToken = default)
    {
        var slot = slots.Enter();
        try
        {
            return new PooledOffer(slot, await slot.Client.Functions.OfferAsync(offer, function, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            slot.Leave();
            throw;
        }
    }

    private async ValueTask<T> RunAsync<T>(Func<IFunctions, ValueTask<T>> operation)
    {
        var slot = slots.Enter();
        try
        {
            return await operation(slot.Client.Functions).ConfigureAwait(false);
        }
        finally
        {
            slot.Leave();
        }
    }

    private sealed class PooledOffer(ClientSlot slot, IAsyncDisposable inner) : IAsyncDisposable
    {
        private int _isDisposed;

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
                return;
            await inner.DisposeAsync().ConfigureAwait(false);
            slot.Leave();
        }
    }
}
