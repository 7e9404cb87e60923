using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Grains.Engine;
using Grains.Functions;

namespace Grains.InProcess;

/// <summary>The engine's functions as the user API has them.</summary>
internal sealed class InProcessFunctions(IEngine engine, InProcessUser user, TimeProvider time, FunctionOptions options) : IFunctions
{
    /// <summary>Items of a streamed result held for its reader; beyond, the call ends with <see cref="ErrorCode.SlowReader"/>.</summary>
    private const int StreamItemsMax = 10_000;

    private readonly GraphRunner _graphs = new(engine.Functions, engine.Topics, time, options);

    public ValueTask<CallReply> CallAsync(FunctionCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        return CallAsync(CallIds.Next(), default, call with { Stream = false }, cancellationToken);
    }

    public async IAsyncEnumerable<Value> StreamAsync(FunctionCall call, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        await user.OpenAsync().ConfigureAwait(false);
        var callId = CallIds.Next();
        var items = Channel.CreateBounded<Value>(new BoundedChannelOptions(StreamItemsMax) { SingleReader = true });
        user.Listen(callId, items.Writer);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answering = AnswerAsync(callId, call with { Stream = true }, items.Writer, ending.Token);
        try
        {
            await foreach (var item in items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
            // A plain result is the one item; a streamed one has none besides its items.
            var result = (await answering.ConfigureAwait(false)).ThrowIfError();
            if (!result.IsNone)
                yield return result;
        }
        finally
        {
            // The reader may have gone before the end: then the call is cancelled.
            user.StopListening(callId);
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask<GraphReply> RunAsync(CallGraph graph, CancellationToken cancellationToken = default)
    {
        var reply = await _graphs.RunAsync(graph, default, null, cancellationToken).ConfigureAwait(false);
        return reply.Error == ErrorCode.Cancelled && cancellationToken.IsCancellationRequested
            ? throw new OperationCanceledException(cancellationToken)
            : reply;
    }

    public async ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(function);
        cancellationToken.ThrowIfCancellationRequested();
        await user.OpenAsync().ConfigureAwait(false);
        return await user.Offers.OfferAsync(offer, function).ConfigureAwait(false);
    }

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern = "*", CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return engine.Functions.ListAsync(pattern);
    }

    private async ValueTask<CallReply> CallAsync(string callId, ConnectionId caller, FunctionCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var command = new CallCommand(callId, caller, call, options.DeadlineUs(time.NowUs(), call.Timeout));
        var running = engine.Functions.CallAsync(command);
        if (running.IsCompletedSuccessfully || !cancellationToken.CanBeCanceled)
            return await running.ConfigureAwait(false);
        var reply = await CancelWithAsync(running.AsTask(), callId, cancellationToken).ConfigureAwait(false);
        return reply.Error == ErrorCode.Cancelled && cancellationToken.IsCancellationRequested
            ? throw new OperationCanceledException(cancellationToken)
            : reply;
    }

    /// <summary>The call ends exactly once, so a cancelled one is awaited too: the engine answers it.</summary>
    private async Task<CallReply> CancelWithAsync(Task<CallReply> call, string callId, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.UnsafeRegister(static c => ((TaskCompletionSource)c!).TrySetResult(), cancelled);
        if (await Task.WhenAny(call, cancelled.Task).ConfigureAwait(false) != call)
            await engine.Functions.CancelAsync(callId).ConfigureAwait(false);
        return await call.ConfigureAwait(false);
    }

    private async Task<CallReply> AnswerAsync(string callId, FunctionCall call, ChannelWriter<Value> items, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await CallAsync(callId, user.Id, call, cancellationToken).ConfigureAwait(false);
            items.TryComplete();
            return reply;
        }
        catch (Exception exception)
        {
            items.TryComplete(exception);
            throw;
        }
    }
}
