using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Cluster;
using Grains.Orleans.Functions;
using Orleans;

namespace Grains.Orleans.Client;

/// <summary>
/// Functions as an Orleans client sees them. A call is begun at the session's silo, under an id, so that it may be asked for again and runs once; its
/// answer comes as an event. When the session is lost, what has become of it is not known.
/// </summary>
internal sealed class ClientFunctions(
    TimeProvider time, ClusterClientOptions options, IGrainFactory grains, ClientConnections connections, IConnections outbound, SessionLink link)
    : IFunctionEngine
{
    private readonly ConcurrentDictionary<string, RemoteCall> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ConnectionId Provider, string CallId), RemoteInvocation> _invocations = new();
    private readonly IClusterGrain _cluster = grains.GetGrain<IClusterGrain>(0);

    public async ValueTask<CallReply> CallAsync(CallCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var call = new RemoteCall(command.Caller);
        if (!_calls.TryAdd(command.CallId, call))
            throw new ArgumentException($"The call id {command.CallId} is in use.", nameof(command));
        try
        {
            return await CallAsync(command, call).ConfigureAwait(false);
        }
        finally
        {
            call.Begin(null);
            _calls.TryRemove(command.CallId, out _);
            call.Dispose();
        }
    }

    public async ValueTask CancelAsync(string callId)
    {
        if (!_calls.TryGetValue(callId, out var call))
            return;
        call.Cancel();
        try
        {
            // A silo that has not got the call could not cancel it.
            if (await call.Begun.ConfigureAwait(false) is { } session)
                await session.AskAsync(grain => grain.CancelAsync(callId)).ConfigureAwait(false);
        }
        catch (NodeLostException)
        {
            // The call has ended with the session.
        }
    }

    public async ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (connections.Find(provider) is not { } connection)
            return FunctionErrors.ConnectionNotFound(provider);
        try
        {
            return await connection.OfferAsync(offer).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return NoSilo();
        }
    }

    public async ValueTask<bool> WithdrawAsync(ConnectionId provider, string function)
    {
        try
        {
            return connections.Find(provider) is { } connection && await connection.WithdrawAsync(function).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // No session offers it again, and what is left of it ends with the last one.
            return true;
        }
    }

    public async ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (!_invocations.TryRemove((provider, callId), out var invocation))
            return;
        invocation.Session.Invocations.TryRemove(KeyValuePair.Create((provider, callId), invocation));
        await invocation.CompleteAsync(reply).ConfigureAwait(false);
    }

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item) =>
        _invocations.TryGetValue((provider, callId), out var invocation) ? new(invocation.ReportAsync(item)) : default;

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern) =>
        new(SiloCalls.OrThrowAsync(() => _cluster.ListFunctionsAsync(pattern)));

    public ValueTask<ImmutableArray<NodeInfo>> NodesAsync() => new(SiloCalls.OrThrowAsync(_cluster.NodesAsync));

    /// <summary>Somebody calls a function that this program offers.</summary>
    public void Invoke(RemoteSession session, SessionEvent.Invoked invoked)
    {
        if (!session.Connections.TryGetValue(invoked.Provider, out var connection))
            return;
        // The deadline by this machine's clock: the silo's may be another one.
        var call = invoked.Invocation with { DeadlineAtUs = time.NowUs() + invoked.Remaining.ToUs() };
        var key = (connection.Id, call.CallId);
        var invocation = new RemoteInvocation(session, invoked.Provider, call.CallId);
        _invocations[key] = invocation;
        session.Invocations[key] = invocation;
        if (!outbound.Invoke(connection.Id, call))
            _ = CompleteAsync(connection.Id, call.CallId, FunctionErrors.Refused(call.Function)).AsTask();
    }

    public void CancelInvocation(RemoteSession session, SessionEvent.InvocationCancelled cancelled)
    {
        foreach (var (provider, callId) in session.Invocations.Keys)
        {
            if (callId == cancelled.CallId)
                outbound.CancelInvocation(provider, callId, cancelled.Reason);
        }
    }

    public void Report(RemoteSession session, SessionEvent.Reported reported)
    {
        if (session.Calls.TryGetValue(reported.CallId, out var call))
            outbound.Report(call.Caller, reported.CallId, reported.Item);
    }

    public static void End(RemoteSession session, SessionEvent.CallEnded ended)
    {
        if (session.Calls.TryRemove(ended.CallId, out var call))
            call.End(ended.Reply);
    }

    /// <summary>Nobody waits any more for what is run here, and nobody knows what has become of what was called.</summary>
    public void Lost(RemoteSession session)
    {
        foreach (var (provider, callId) in session.Invocations.Keys)
            outbound.CancelInvocation(provider, callId, ErrorCode.ConnectionLost);
        foreach (var call in session.Calls.Values)
            call.End(Unknown());
    }

    private async ValueTask<CallReply> CallAsync(CallCommand command, RemoteCall call)
    {
        RemoteSession session;
        ConnectionId caller;
        try
        {
            (session, caller) = await FindSessionAsync(command, call).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return call.Unwanted.IsCancellationRequested ? FunctionErrors.Cancelled() : NoSilo();
        }

        session.Calls[command.CallId] = call;
        try
        {
            // That it has begun may be lost, and its end come all the same; then it must not begin again.
            var asked = session.AskAsync(grain => call.Reply.IsCompleted
                ? Task.FromResult<CallReply?>(null)
                : grain.CallAsync(command.CallId, caller, command.Call, Remaining(command)));
            if (await Task.WhenAny((Task)asked, call.Reply).ConfigureAwait(false) != asked)
                _ = SeeAsync(asked);
            else if (await asked.ConfigureAwait(false) is { } refusal)
                return refusal;
            call.Begin(session);
            return await call.Reply.WaitAsync(session.Lost).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NodeLostException or OperationCanceledException)
        {
            // It may have been answered at the last moment.
            return call.Reply.IsCompleted ? await call.Reply.ConfigureAwait(false) : Unknown();
        }
        finally
        {
            session.Calls.TryRemove(command.CallId, out _);
        }
    }

    /// <summary>A session, and the caller's name in it.</summary>
    /// <exception cref="OperationCanceledException">There was none in time, or nobody wants the answer any more.</exception>
    private async Task<(RemoteSession Session, ConnectionId Caller)> FindSessionAsync(CallCommand command, RemoteCall call)
    {
        using var timer = new CancellationTokenSource(Remaining(command), options.Time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, call.Unwanted);
        while (true)
        {
            var session = await link.GetAsync(patience.Token).ConfigureAwait(false);
            if (command.Caller.IsNone)
                return (session, default);
            var caller = connections.Find(command.Caller) ?? throw new OperationCanceledException("The caller's connection has closed.");
            try
            {
                return (session, await caller.NameInAsync(session).WaitAsync(patience.Token).ConfigureAwait(false));
            }
            catch (NodeLostException) when (!session.IsUsable)
            {
                // Nothing has been asked: the next one will do.
            }
        }
    }

    /// <summary>Nobody asks any more what has become of it.</summary>
    private static async Task SeeAsync(Task asked) => await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private TimeSpan Remaining(CallCommand command)
    {
        var remaining = TimeSpan.FromMicroseconds(command.DeadlineAtUs - time.NowUs());
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    private static CallReply NoSilo() =>
        CallReply.Fail(ErrorCode.NodeLost, "Node lost", "No silo of the cluster answered in time; nothing was asked of it.");

    private static CallReply Unknown() => CallReply.Fail(
        ErrorCode.NodeLost, "Node lost", "The silo that this program was connected to went away; whether the call ran is not known.");
}
