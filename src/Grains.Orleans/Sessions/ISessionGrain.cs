using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans;

/// <summary>
/// A program that is an Orleans client and uses the user API, for the silo where this grain is active: its subscriptions, the functions that it
/// offers and the calls that it makes live there. The client chooses the key at random and opens the session with <see cref="OpenAsync"/>; it lasts
/// until it is ended, the client gives no sign of life, or the silo stops, and is never opened again: the client opens another.
/// <para>Nothing is sent to the client: it fetches what there is with <see cref="NextAsync"/>, again and again. That is also its sign of life.</para>
/// <para>Everything may be asked again when its answer did not come; it has no second effect. Every method but <see cref="OpenAsync"/> throws
/// <see cref="SessionEndedException"/> when the session is not open.</para>
/// <para>Programs use it through <c>UseOrleansClient(client => client.AddGrains())</c>.</para>
/// </summary>
[Alias("grains.ISessionGrain")]
public interface ISessionGrain : IGrainWithGuidKey
{
    /// <summary>Opens the session.</summary>
    /// <param name="client">The name that the program gives itself, for people.</param>
    [Alias("open")]
    Task<SessionWelcome> OpenAsync(string client);

    /// <summary>Fetches what has happened, in order. What was fetched before comes again unless it is acknowledged.</summary>
    /// <param name="acknowledged">The number of the last event that the client has; 0 for none.</param>
    /// <param name="wait">How long to wait while there is nothing; the silo may wait less.</param>
    /// <returns>The events that follow; none when nothing happened in that time.</returns>
    [Alias("next")]
    Task<SessionBatch> NextAsync(long acknowledged, TimeSpan wait);

    /// <summary>Ends the session: subscriptions and offers go, calls that run are cancelled or fail.</summary>
    [Alias("end")]
    Task EndAsync();

    /// <summary>Subscribes, as in <see cref="ITopics"/>. Nothing is delivered before <see cref="ActivateAsync"/>.</summary>
    /// <param name="connection">The client's connection, which others see; its first mention opens it.</param>
    /// <param name="number">What the subscription is called in events; no other of the session has it.</param>
    /// <param name="outstandingBytes">For a connection that this opens: bytes that the client holds unread from an earlier session. It gets that
    /// much less until it has read them.</param>
    /// <param name="command">The subscription.</param>
    [Alias("subscribe")]
    Task<SubscribeReply> SubscribeAsync(ConnectionId connection, long number, long outstandingBytes, [Immutable] SubscribeCommand command);

    /// <summary>Lets a subscription deliver.</summary>
    [Alias("activate")]
    Task ActivateAsync(ConnectionId connection, string subscriptionId);

    /// <summary>Ends a subscription.</summary>
    /// <returns>False when there was no such subscription.</returns>
    [Alias("unsubscribe")]
    Task<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId);

    /// <summary>Tells how much of its deliveries the client has read.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="readBytes">All bytes since the connection was opened, in those of <see cref="Delivery.CostBytes"/>.</param>
    [Alias("grant")]
    Task GrantAsync(ConnectionId connection, long readBytes);

    /// <summary>Closes a connection: its subscriptions and offers go.</summary>
    [Alias("close")]
    Task CloseAsync(ConnectionId connection);

    /// <summary>Offers a function.</summary>
    /// <param name="connection">The client's connection; its first mention opens it.</param>
    /// <param name="offer">The function.</param>
    [Alias("offer")]
    Task<CallReply> OfferAsync(ConnectionId connection, [Immutable] FunctionOffer offer);

    /// <summary>Takes an offer back.</summary>
    /// <returns>False when the connection offered no such function.</returns>
    [Alias("withdraw")]
    Task<bool> WithdrawAsync(ConnectionId connection, string function);

    /// <summary>Begins a call; its answer is an event.</summary>
    /// <param name="callId">Unique in the cluster.</param>
    /// <param name="caller">The connection that gets streamed items; none when nobody does.</param>
    /// <param name="call">The call.</param>
    /// <param name="timeout">Time until its deadline: the clocks of client and silo need not agree.</param>
    /// <returns>The refusal of a call that has not begun; null of one that has.</returns>
    [Alias("call")]
    Task<CallReply?> CallAsync(string callId, ConnectionId caller, [Immutable] FunctionCall call, TimeSpan timeout);

    /// <summary>Asks to end a call early.</summary>
    [Alias("cancel")]
    Task CancelAsync(string callId);

    /// <summary>The answer of a function that the client offers.</summary>
    [Alias("complete")]
    Task CompleteAsync(ConnectionId provider, string callId, [Immutable] CallReply reply);

    /// <summary>A streamed item of a function that the client offers.</summary>
    /// <param name="provider">The connection that runs the call.</param>
    /// <param name="callId">The call.</param>
    /// <param name="number">Which item of the call this is, counted from 1.</param>
    /// <param name="item">The item.</param>
    [Alias("report")]
    Task ReportAsync(ConnectionId provider, string callId, long number, Value item);
}
