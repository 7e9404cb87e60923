using System.Collections.Concurrent;
using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Functions;

/// <summary>The functions this client offers and the calls of them that run here.</summary>
internal sealed class OfferTable(Session session, GrainsClientOptions options)
{
    private readonly ConcurrentDictionary<string, OfferedFunction> _functions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunningCall> _calls = new(StringComparer.Ordinal);

    /// <exception cref="GrainsException">The server refused.</exception>
    public async ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function, CancellationToken cancellationToken)
    {
        var offered = new OfferedFunction(offer, function);
        var former = _functions.GetValueOrDefault(offer.Function);
        _functions[offer.Function] = offered;
        try
        {
            var id = session.NextId();
            var answer = await session.SendAsync(new FirstRegistration(offered, id), options.RequestTimeout, cancellationToken).ConfigureAwait(false);
            var error = FunctionResponseReader.Acknowledged(answer);
            if (error.Code != ErrorCode.None)
                throw error.ToException();
            // The one that accepted it may have said goodbye before, and the present one not have been told of it.
            if (session.Current is { } connection && _functions.GetValueOrDefault(offer.Function) == offered)
                RestoreOn(connection, offered);
            return new Withdrawal(this, offered);
        }
        catch
        {
            if (former is null)
                _functions.TryRemove(new KeyValuePair<string, OfferedFunction>(offer.Function, offered));
            else if (_functions.TryUpdate(offer.Function, former, offered) && session.Current is { } connection)
                // A connection that came meanwhile has not been asked for it.
                RestoreOn(connection, former);
            throw;
        }
    }

    /// <summary>Registers again what this connection has not been asked for.</summary>
    public void Restore(Connection connection)
    {
        foreach (var offered in _functions.Values)
            RestoreOn(connection, offered);
    }

    /// <summary>Begins a call; called by the receive loop.</summary>
    public void Invoke(Connection connection, InvokeMessage invoke)
    {
        if (!_functions.TryGetValue(invoke.Function, out var offered) || !offered.TryEnter())
        {
            // It has not run: the next provider may.
            connection.TryPost(FunctionRequestWriter.Result(invoke.CallId, CallReply.Fail(ErrorCode.Busy, "The provider is busy.")));
            return;
        }

        var call = new RunningCall(connection, invoke, options.Time, session.Background);
        _calls[invoke.CallId] = call;
        session.Background.Add(Task.Run(() => RunAsync(offered, call, invoke)));
    }

    public void Cancel(string? callId)
    {
        if (callId is not null && _calls.TryGetValue(callId, out var call))
            session.Background.Add(call.CancelAsync());
    }

    /// <summary>Nobody waits any more for what this connection asked for.</summary>
    public void OnClosed(Connection connection)
    {
        foreach (var call in _calls.Values)
        {
            if (call.Connection == connection)
                session.Background.Add(call.CancelAsync());
        }
    }

    private async Task RunAsync(OfferedFunction offered, RunningCall call, InvokeMessage invoke)
    {
        try
        {
            var reply = await offered.Function.RunAsync(invoke.Arguments, invoke.Keywords, call, invoke.Stream).ConfigureAwait(false);
            var message = FunctionRequestWriter.Result(call.CallId, reply);
            if (message.Length > options.Limits.MessageBytesMax)
                message = FunctionRequestWriter.Result(call.CallId,
                    CallReply.Fail(ErrorCode.MessageTooLarge, "The result is longer than a message may be."));
            await call.Connection.PostAsync(message, session.Closing).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionLostException or OperationCanceledException)
        {
            // The caller has been told by the server that its provider is gone.
        }
        finally
        {
            offered.Leave();
            _calls.TryRemove(new KeyValuePair<string, RunningCall>(call.CallId, call));
            call.Dispose();
        }
    }

    private void RestoreOn(Connection connection, OfferedFunction offered)
    {
        if (offered.TryAskOn(connection))
            session.Background.Add(RegisterAgainAsync(connection, offered));
    }

    private async Task RegisterAgainAsync(Connection connection, OfferedFunction offered)
    {
        try
        {
            var id = session.NextId();
            var request = new Request(id, FunctionRequestWriter.Register(id, offered.Offer), canRepeat: true);
            var answer = await connection.RequestAsync(request, CancellationToken.None).ConfigureAwait(false);
            var error = FunctionResponseReader.Acknowledged(answer);
            if (error.Code != ErrorCode.None)
                session.Background.Tell(error.ToException());
            else if (!_functions.ContainsKey(offered.Offer.Function))
                // Withdrawn meanwhile, perhaps before the registration left.
                await UnregisterAsync(connection, offered).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // The next connection is told by Restore.
        }
    }

    private async ValueTask WithdrawAsync(OfferedFunction offered)
    {
        // Replaced by a later offer of the same name: that one stays.
        if (!_functions.TryRemove(new KeyValuePair<string, OfferedFunction>(offered.Offer.Function, offered))
            || offered.AskedOn is not { } connection)
            return;
        await UnregisterAsync(connection, offered).ConfigureAwait(false);
    }

    private async ValueTask UnregisterAsync(Connection connection, OfferedFunction offered)
    {
        using var timer = new CancellationTokenSource(options.RequestTimeout, options.Time);
        try
        {
            var id = session.NextId();
            var request = new Request(id, FunctionRequestWriter.Unregister(id, offered.Offer.Function), canRepeat: false);
            await connection.RequestAsync(request, timer.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionLostException or OperationCanceledException)
        {
            // The server has forgotten the function with its connection.
        }
    }

    /// <summary>Accepted in the receive loop: before a goodbye that follows the answer, so that the next connection is told.</summary>
    private sealed class FirstRegistration(OfferedFunction offered, long id)
        : Request(id, FunctionRequestWriter.Register(id, offered.Offer), canRepeat: true)
    {
        public override void OnAnswer(Connection connection, ReadOnlyMemory<byte> answer)
        {
            if (FunctionResponseReader.Acknowledged(answer).Code == ErrorCode.None)
                offered.Accept(connection);
        }
    }

    private sealed class Withdrawal(OfferTable table, OfferedFunction offered) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => table.WithdrawAsync(offered);
    }
}
