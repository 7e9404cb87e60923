using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Functions;

/// <summary>The user API's functions over the wire.</summary>
internal sealed class WireFunctions(Session session, OfferTable offers, GrainsClientOptions options) : IFunctions, IDisposable
{
    /// <summary>What the server takes when a call names no timeout.</summary>
    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(30);

    /// <summary>Functions asked for at once.</summary>
    private const int PageFunctionsMax = 1_000;

    /// <summary>How long after its deadline a call's answer is still waited for: the server's own timeout says more than ours.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _places = new(options.Limits.CallsInFlightMax);

    public async ValueTask<CallReply> CallAsync(FunctionCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var id = session.NextId();
        var request = new Request(id, FunctionRequestWriter.Call(id, call, stream: call.Stream), canRepeat: false);
        return FunctionResponseReader.SingleResponse(await SendAsync(request, call.Timeout, cancellationToken).ConfigureAwait(false));
    }

    public async IAsyncEnumerable<Value> StreamAsync(FunctionCall call, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = new StreamRequest(session.NextId(), call, options.Limits.StreamItemsMax);
        var answering = AnswerAsync(request, call.Timeout, ending.Token);
        try
        {
            var streamed = false;
            await foreach (var item in request.Items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                streamed = true;
                yield return item;
            }

            var result = (await answering.ConfigureAwait(false)).ThrowIfError();
            if (!streamed || !result.IsNull)
                yield return result;
        }
        finally
        {
            // The reader may have gone before the end: then the call is cancelled.
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask<GraphReply> RunAsync(CallGraph graph, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var id = session.NextId();
        var request = new Request(id, FunctionRequestWriter.Graph(id, graph), canRepeat: false);
        return FunctionResponseReader.Response(await SendAsync(request, graph.Timeout, cancellationToken).ConfigureAwait(false));
    }

    public ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(function);
        return offers.OfferAsync(offer, function, cancellationToken);
    }

    public async ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern = "*", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ImmutableArray<FunctionInfo> functions = [];
        string? page = null;
        do
        {
            var query = Value.From(new[] { new { pattern, limit = PageFunctionsMax, page_token = page } });
            var reply = await CallAsync(new FunctionCall("rpc_describe") { Arguments = query }, cancellationToken).ConfigureAwait(false);
            functions = functions.AddRange(FunctionListReader.Items(reply.ThrowIfError(), out page));
        }
        while (page is not null);
        return functions;
    }

    /// <summary>After the session: nothing is in flight any more.</summary>
    public void Dispose() => _places.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>> SendAsync(Request request, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var time = (timeout ?? TimeoutDefault) + Grace;
        await TakePlaceAsync(time, cancellationToken).ConfigureAwait(false);
        try
        {
            var patience = time < options.RequestTimeout ? options.RequestTimeout : time;
            return await session.SendAsync(request, patience, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or GrainsException { Code: ErrorCode.SlowReader or ErrorCode.Timeout })
        {
            // Nobody waits any more. On another connection than the call's the id is unknown, which does no harm.
            session.Current?.TryPost(FunctionRequestWriter.Cancel(request.Id));
            throw;
        }
        finally
        {
            _places.Release();
        }
    }

    private async ValueTask TakePlaceAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (_places.Wait(0, cancellationToken))
            return;
        using var timer = new CancellationTokenSource(time, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GrainsException(ErrorCode.TooManyCalls,
                $"{options.Limits.CallsInFlightMax} calls were in flight all the time; the call was not sent.");
        }
    }

    private async Task<CallReply> AnswerAsync(StreamRequest request, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        try
        {
            var reply = FunctionResponseReader.SingleResponse(await SendAsync(request, timeout, cancellationToken).ConfigureAwait(false));
            request.Items.Writer.TryComplete();
            return reply;
        }
        catch (Exception exception)
        {
            request.Items.Writer.TryComplete(exception);
            throw;
        }
    }

    /// <summary>A call whose items are held for the reader; when there are too many the call is given up.</summary>
    private sealed class StreamRequest(long id, FunctionCall call, int itemsMax)
        : Request(id, FunctionRequestWriter.Call(id, call, stream: true), canRepeat: false)
    {
        public Channel<Value> Items { get; } = Channel.CreateBounded<Value>(
            new BoundedChannelOptions(itemsMax) { SingleReader = true, SingleWriter = true });

        public override bool OnProgress(ReadOnlyMemory<byte> progress) => Items.Writer.TryWrite(FunctionResponseReader.Progress(progress));
    }
}
