using System.Collections.Concurrent;
using System.Threading.Channels;
using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>
/// The outbound port as tests see it: copies every batch, keeps what each subscription got in order, counts the credit each
/// connection owes, and gives it back by itself (from a task of its own, as a flush would) or, for a connection that is held, only when told.
/// </summary>
public sealed class RecordingConnections : IConnections, IAsyncDisposable
{
    /// <summary>How long a wait may take before it fails. Reached only by a broken engine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<(ConnectionId Connection, string Subscription), RecordedSubscription> _subscriptions = new();
    private readonly ConcurrentDictionary<ConnectionId, Account> _accounts = new();
    private readonly Channel<ConnectionId> _due = Channel.CreateUnbounded<ConnectionId>(new UnboundedChannelOptions { SingleReader = true });
    private ITopicEngine? _topics;
    private Task _granting = Task.CompletedTask;

    /// <summary>Names the engine that credit is given back to; before the first delivery.</summary>
    public void Attach(ITopicEngine topics)
    {
        _topics = topics;
        _granting = GrantWhatIsDueAsync();
    }

    public RecordedSubscription Of(ConnectionId connection, string subscriptionId) =>
        _subscriptions.GetOrAdd((connection, subscriptionId), key => new RecordedSubscription($"{key.Connection}/{key.Subscription}"));

    /// <summary>Bytes delivered to a connection and not granted back.</summary>
    public long Owed(ConnectionId connection) => AccountOf(connection).Owed;

    /// <summary>The connection's reader stops: nothing is granted back by itself any more.</summary>
    public void Hold(ConnectionId connection) => AccountOf(connection).Held = true;

    /// <summary>The connection's reader reads again: what is owed is granted, and from now on by itself.</summary>
    public async Task ReleaseAsync(ConnectionId connection)
    {
        var account = AccountOf(connection);
        account.Held = false;
        await Topics.GrantAsync(connection, account.TakeAll());
    }

    /// <summary>Grants a held connection this many bytes, but no more than it owes.</summary>
    public async Task GrantAsync(ConnectionId connection, long bytesMax)
    {
        if (AccountOf(connection).Take(bytesMax) is var bytes and > 0)
            await Topics.GrantAsync(connection, bytes);
    }

    public void Deliver(ConnectionId connection, in DeliveryBatch batch)
    {
        var items = batch.Items.Span;
        long cost = 0;
        foreach (var item in items)
            cost += item.CostBytes;
        var account = AccountOf(connection);
        account.Owe(cost);
        Of(connection, batch.SubscriptionId).Add(items);
        if (!account.Held)
            _due.Writer.TryWrite(connection);
    }

    public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) =>
        Of(connection, subscriptionId).End(code, message);

    public bool Invoke(ConnectionId provider, Invocation invocation) => throw new InvalidOperationException("Topics call no functions.");

    public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason) =>
        throw new InvalidOperationException("Topics call no functions.");

    public void Report(ConnectionId caller, string callId, Value item) => throw new InvalidOperationException("Topics call no functions.");

    /// <summary>Ends the granting and shows a failure that it met.</summary>
    public async ValueTask DisposeAsync()
    {
        _due.Writer.TryComplete();
        await _granting.WaitAsync(Patience);
    }

    private ITopicEngine Topics => _topics ?? throw new InvalidOperationException("No engine is attached.");

    private Account AccountOf(ConnectionId connection) => _accounts.GetOrAdd(connection, static _ => new Account());

    private async Task GrantWhatIsDueAsync()
    {
        await foreach (var connection in _due.Reader.ReadAllAsync())
        {
            var account = AccountOf(connection);
            if (!account.Held && account.TakeAll() is var bytes and > 0)
                await Topics.GrantAsync(connection, bytes);
        }
    }

    private sealed class Account
    {
        private long _owed;

        public volatile bool Held;

        public long Owed => Interlocked.Read(ref _owed);

        public void Owe(long bytes) => Interlocked.Add(ref _owed, bytes);

        public long Take(long bytesMax)
        {
            while (true)
            {
                var owed = Owed;
                var taken = Math.Min(owed, bytesMax);
                if (Interlocked.CompareExchange(ref _owed, owed - taken, owed) == owed)
                    return taken;
            }
        }

        public long TakeAll() => Interlocked.Exchange(ref _owed, 0);
    }
}
