using System.Collections.Immutable;
using Grains.Engine;

namespace Grains.Orleans.Client;

/// <summary>
/// A subscription that outlives sessions: it knows how far this program has been delivered each topic, so that the next session goes on there, with
/// nothing missing and nothing twice.
/// </summary>
internal sealed class RemoteSubscription(ClientConnection connection, SubscribeCommand command, IConnections connections)
{
    private readonly Lock _lock = new();
    private readonly SubscriptionPositions _positions = new(command);

    public string Id => command.SubscriptionId;

    public ClientConnection Connection => connection;

    /// <summary>What the present session calls it in its events.</summary>
    public long Number { get; set; }

    /// <summary>It may deliver.</summary>
    public bool IsActive { get; set; }

    public void Acknowledged(SubscribeReply reply)
    {
        lock (_lock)
            _positions.Acknowledged(reply.SubscribedAtUs);
    }

    /// <summary>What to ask of the next session.</summary>
    public SubscribeCommand ToResume()
    {
        lock (_lock)
            return _positions.ToResume();
    }

    /// <summary>Hands on what has not been delivered before.</summary>
    public void Deliver(ImmutableArray<Delivery> items)
    {
        var fresh = new List<Delivery>(items.Length);
        long bytes = 0;
        long known = 0;
        lock (_lock)
        {
            foreach (var item in items)
            {
                bytes += item.CostBytes;
                if (_positions.IsNew(item))
                {
                    _positions.MovePast(item);
                    fresh.Add(item);
                }
                else
                {
                    known += item.CostBytes;
                }
            }
        }

        connection.Delivered(bytes);
        if (fresh.Count > 0)
            connections.Deliver(connection.Id, new DeliveryBatch(Id, fresh.ToArray()));
        if (known > 0)
            connection.Grant(known);
    }
}
