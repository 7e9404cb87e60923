using System.Collections.Concurrent;
using System.Threading.Channels;
using Grains.Connections;
using Grains.Engine;

namespace Grains.InProcess;

/// <summary>
/// The connection as which a program in this process publishes, offers functions and receives the items of streamed calls. It opens
/// at its first use.
/// </summary>
internal sealed class InProcessUser : IConnection, IAsyncDisposable
{
    public static readonly ConnectionInfo ConnectionInfo = new("in-process", "in-process", "");

    private readonly IEngine _engine;
    private readonly ConnectionTable _connections;
    private readonly Lazy<Task> _opening;
    private readonly ConcurrentDictionary<string, ChannelWriter<Value>> _streams = new(StringComparer.Ordinal);

    public InProcessUser(IEngine engine, ConnectionTable connections)
    {
        _engine = engine;
        _connections = connections;
        _opening = new Lazy<Task>(OpenOnceAsync);
        Offers = new InProcessOffers(engine.Functions, Id);
    }

    public ConnectionId Id { get; } = ConnectionTable.NextId();

    public ConnectionInfo Info => ConnectionInfo;

    public InProcessOffers Offers { get; }

    /// <summary>Ends when the engine knows this connection; at once after the first time.</summary>
    public Task OpenAsync() => _opening.Value;

    /// <summary>Lets the items of a call come into a channel; one that is full is completed with <see cref="ErrorCode.SlowReader"/>.</summary>
    public void Listen(string callId, ChannelWriter<Value> items) => _streams[callId] = items;

    public void StopListening(string callId) => _streams.TryRemove(callId, out _);

    public void Report(string callId, Value item)
    {
        if (_streams.TryGetValue(callId, out var items) && !items.TryWrite(item))
            items.TryComplete(new GrainsException(ErrorCode.SlowReader, "The reader of the stream is too slow."));
    }

    public bool Invoke(Invocation invocation)
    {
        Offers.Invoke(invocation);
        return true;
    }

    public void CancelInvocation(string callId, ErrorCode reason) => Offers.Cancel(callId);

    // Subscriptions are connections of their own.
    public void Deliver(in DeliveryBatch batch)
    {
    }

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message)
    {
    }

    public async ValueTask DisposeAsync()
    {
        if (_opening.IsValueCreated)
        {
            await _opening.Value.ConfigureAwait(false);
            _connections.Remove(Id);
            await _engine.CloseAsync(Id).ConfigureAwait(false);
        }

        await Offers.DisposeAsync().ConfigureAwait(false);
    }

    private async Task OpenOnceAsync()
    {
        _connections.Add(this);
        await _engine.OpenAsync(Id, Info).ConfigureAwait(false);
    }
}
