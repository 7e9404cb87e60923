using System.Collections.Concurrent;
using Grains.Connections;
using Grains.Engine;

namespace Grains.Orleans.Sessions;

/// <summary>A connection of a session, as the silo's engine reaches it: what it is told becomes an event.</summary>
/// <param name="id">The client's name for it, which no other session uses.</param>
/// <param name="info">What others see of it.</param>
/// <param name="session">The session.</param>
/// <param name="time">The engine's clock.</param>
internal sealed class SessionConnection(ConnectionId id, ConnectionInfo info, ClientSession session, TimeProvider time) : IConnection
{
    private readonly ConcurrentDictionary<string, long> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _reported = new(StringComparer.Ordinal);
    private long _readBytes;

    public ConnectionId Id => id;

    public ConnectionInfo Info => info;

    /// <summary>The subscription of this id has begun and has this number. The former one of the id delivers nothing any more, this one
    /// nothing yet.</summary>
    public void Know(string subscriptionId, long number) => _numbers[subscriptionId] = number;

    public void Forget(string subscriptionId) => _numbers.TryRemove(subscriptionId, out _);

    /// <returns>What the client has read since it was last asked.</returns>
    public long Read(long allBytes)
    {
        while (true)
        {
            var before = Interlocked.Read(ref _readBytes);
            if (allBytes <= before)
                return 0;
            if (Interlocked.CompareExchange(ref _readBytes, allBytes, before) == before)
                return allBytes - before;
        }
    }

    public void Deliver(in DeliveryBatch batch)
    {
        if (_numbers.TryGetValue(batch.SubscriptionId, out var number))
            session.Outbox.Add(new SessionEvent.Delivered(number, [.. batch.Items.Span]));
    }

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message)
    {
        if (_numbers.TryRemove(subscriptionId, out var number))
            session.Outbox.Add(new SessionEvent.SubscriptionEnded(number, code, message));
    }

    public bool Invoke(Invocation invocation)
    {
        if (session.Outbox.IsFull)
            return false;
        _reported[invocation.CallId] = 0;
        var remaining = TimeSpan.FromMicroseconds(invocation.DeadlineAtUs - time.NowUs());
        session.Outbox.Add(new SessionEvent.Invoked(id, invocation, remaining));
        return true;
    }

    public void CancelInvocation(string callId, ErrorCode reason)
    {
        if (_reported.TryRemove(callId, out _))
            session.Outbox.Add(new SessionEvent.InvocationCancelled(callId, reason));
    }

    /// <summary>The client has answered the call.</summary>
    public void Completed(string callId) => _reported.TryRemove(callId, out _);

    /// <returns>True when this item of a call has not been reported before.</returns>
    public bool IsNewReport(string callId, long number) =>
        _reported.TryGetValue(callId, out var last) && number > last && _reported.TryUpdate(callId, number, last);

    public void Report(string callId, Value item) => session.Report(callId, item);
}
