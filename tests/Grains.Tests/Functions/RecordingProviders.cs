using System.Collections.Concurrent;
using System.Threading.Channels;
using Grains.Engine;

namespace Grains.Tests.Functions;

/// <summary>The outbound port of functions for tests: connections that answer as scripted, or stay silent, and keep what they were
/// told until a test takes it.</summary>
public sealed class RecordingProviders : IConnections
{
    private readonly ConcurrentDictionary<ConnectionId, Peer> _peers = new();

    /// <summary>Where scripted answers go.</summary>
    public IFunctionEngine? Engine { get; set; }

    /// <summary>From now on the connection answers every call as soon as it is asked; null: it is silent again.</summary>
    public void Script(ConnectionId connection, Func<Invocation, CallReply>? answer) => Of(connection).Answer = answer;

    /// <summary>Asking the connection fails from now on, as when it has just gone.</summary>
    public void Disconnect(ConnectionId connection) => Of(connection).IsGone = true;

    /// <summary>The next call that the connection is asked to run.</summary>
    public async Task<Invocation> InvokedAsync(ConnectionId connection) =>
        await Of(connection).Invoked.Reader.ReadAsync().AsTask().WaitAsync(Guard.Limit);

    /// <summary>The next cancel that the connection is told.</summary>
    public async Task<(string CallId, ErrorCode Reason)> CancelledAsync(ConnectionId connection) =>
        await Of(connection).Cancelled.Reader.ReadAsync().AsTask().WaitAsync(Guard.Limit);

    /// <summary>The next item that the connection gets for a call it made.</summary>
    public async Task<(string CallId, Value Item)> ReportedAsync(ConnectionId connection) =>
        await Of(connection).Reported.Reader.ReadAsync().AsTask().WaitAsync(Guard.Limit);

    /// <summary>How often the connection was asked.</summary>
    public int Asked(ConnectionId connection) => Volatile.Read(ref Of(connection).Asked);

    /// <summary>True when the connection was told something that no test has taken.</summary>
    public bool HasReports(ConnectionId connection) => Of(connection).Reported.Reader.TryPeek(out _);

    public bool HasCancels(ConnectionId connection) => Of(connection).Cancelled.Reader.TryPeek(out _);

    public bool Invoke(ConnectionId provider, Invocation invocation)
    {
        var peer = Of(provider);
        if (peer.IsGone)
            return false;
        Interlocked.Increment(ref peer.Asked);
        peer.Invoked.Writer.TryWrite(invocation);
        if (peer.Answer is { } answer)
            _ = Engine!.CompleteAsync(provider, invocation.CallId, answer(invocation)).AsTask();
        return true;
    }

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason) =>
        Of(provider).Cancelled.Writer.TryWrite((callId, reason));

    public void Report(ConnectionId caller, string callId, Value item) => Of(caller).Reported.Writer.TryWrite((callId, item));

    public void Deliver(ConnectionId connection, in DeliveryBatch batch) => throw new NotSupportedException("Functions deliver nothing.");

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) =>
        throw new NotSupportedException("Functions end no subscription.");

    private Peer Of(ConnectionId connection) => _peers.GetOrAdd(connection, static _ => new Peer());

    private sealed class Peer
    {
        public int Asked;

        public Channel<Invocation> Invoked { get; } = Channel.CreateUnbounded<Invocation>();

        public Channel<(string CallId, ErrorCode Reason)> Cancelled { get; } = Channel.CreateUnbounded<(string, ErrorCode)>();

        public Channel<(string CallId, Value Item)> Reported { get; } = Channel.CreateUnbounded<(string, Value)>();

        public Func<Invocation, CallReply>? Answer { get; set; }

        public bool IsGone { get; set; }
    }
}
