using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Grains.Orleans.Sessions;

/// <summary>
/// A session. It is active on the silo that the client reaches it through, so there is no hop between; that silo's <see cref="ClientSession"/> is
/// what it is.
/// </summary>
[Reentrant, PreferLocalPlacement, Immovable]
internal sealed class SessionGrain(SessionTable sessions) : Grain, ISessionGrain
{
    private ClientSession? _session;

    private ClientSession Session => _session is { IsEnded: false } session ? session : throw NotOpen();

    public Task<SessionWelcome> OpenAsync(string client) => Task.FromResult(_session switch
    {
        null => sessions.Open(this.GetPrimaryKey(), client, Deactivate, out _session),
        { IsEnded: true } => throw NotOpen(),
        _ => sessions.Welcome,
    });

    public Task<SessionBatch> NextAsync(long acknowledged, TimeSpan wait) => (_session ?? throw NotOpen()).NextAsync(acknowledged, wait);

    public Task EndAsync() => (_session ?? throw NotOpen()).EndAsync();

    public Task<SubscribeReply> SubscribeAsync(ConnectionId connection, long number, long outstandingBytes, SubscribeCommand command) =>
        Session.SubscribeAsync(connection, number, outstandingBytes, command);

    public Task ActivateAsync(ConnectionId connection, string subscriptionId) => Session.ActivateAsync(connection, subscriptionId).AsTask();

    public Task<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId) => Session.UnsubscribeAsync(connection, subscriptionId);

    public Task GrantAsync(ConnectionId connection, long readBytes) => Session.GrantAsync(connection, readBytes).AsTask();

    public Task CloseAsync(ConnectionId connection) => Session.CloseAsync(connection);

    public Task<CallReply> OfferAsync(ConnectionId connection, FunctionOffer offer) => Session.OfferAsync(connection, offer);

    public Task<bool> WithdrawAsync(ConnectionId connection, string function) => Session.WithdrawAsync(connection, function).AsTask();

    public Task<CallReply?> CallAsync(string callId, ConnectionId caller, FunctionCall call, TimeSpan timeout) =>
        Session.CallAsync(callId, caller, call, timeout);

    public Task CancelAsync(string callId) => Session.CancelAsync(callId).AsTask();

    public Task CompleteAsync(ConnectionId provider, string callId, CallReply reply) => Session.CompleteAsync(provider, callId, reply).AsTask();

    public Task ReportAsync(ConnectionId provider, string callId, long number, Value item) =>
        Session.ReportAsync(provider, callId, number, item).AsTask();

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _session?.EndAsync().WaitAsync(cancellationToken) ?? Task.CompletedTask;

    private SessionEndedException NotOpen()
    {
        // Nothing is to be kept of a session that is not here.
        Deactivate();
        return new SessionEndedException();
    }

    /// <summary>From any thread.</summary>
    private void Deactivate() =>
        GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The session has ended."));
}
