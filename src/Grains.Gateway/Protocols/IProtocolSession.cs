using Grains.Engine;

namespace Grains.Gateway.Protocols;

/// <summary>
/// One connection's conversation in one protocol: the part that every protocol has. What the engine tells a connection arrives here, from
/// any thread, and is appended to <see cref="SessionContext.Output"/>; the caller flushes. Nothing here blocks.
/// </summary>
public interface IProtocolSession
{
    /// <summary>Calls that the client still waits for: a stopping server lets them finish.</summary>
    bool IsBusy { get; }

    void Deliver(in DeliveryBatch batch);

    void SubscriptionEnded(string subscriptionId, ErrorCode code, string message);

    /// <returns>False when the output is full because the provider does not read: the call has not run.</returns>
    bool Invoke(Invocation invocation);

    void CancelInvocation(string callId, ErrorCode reason);

    void Report(string callId, Value item);

    /// <summary>The server is stopping; tells the client if the protocol has a word for it.</summary>
    void Goodbye();

    /// <summary>Completes when the session can take messages again, after it answered "pause".</summary>
    ValueTask WhenReadyAsync();

    /// <summary>Nothing is read any more: completes when none of its cache, topic and provider requests can reach the engine any more.</summary>
    ValueTask EndAsync();

    /// <summary>The engine closes the connection, and tells providers whose caller has gone: what still runs for it is given up.</summary>
    void Closed();
}
