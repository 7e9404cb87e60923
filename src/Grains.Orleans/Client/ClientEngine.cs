using Grains.Connections;
using Grains.Engine;
using Grains.Orleans.Cache;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Grains.Orleans.Client;

/// <summary>
/// The engine of a program that is an Orleans client. Keys and topics are asked straight at their grains; what the cluster has to keep for this
/// program (subscriptions, offers, calls) lives in a session at one silo, which <see cref="SessionLink"/> keeps open.
/// </summary>
internal sealed class ClientEngine : IEngine, ISessionUser
{
    private readonly IConnections _outbound;
    private readonly SessionLink _link;
    private readonly ClientConnections _connections;
    private readonly ClientFunctions _functions;

    public ClientEngine(
        EngineSettings settings, EngineClock clock, ClusterClientOptions options, ConnectionTable outbound, IGrainFactory grains,
        ClusterClientEvents events, ILoggerFactory logging)
    {
        options.Validate();
        _outbound = outbound;
        var logger = logging.CreateLogger<ClientEngine>();
        _link = new SessionLink(grains, options, this, logger);
        _connections = new ClientConnections(id => new ClientConnection(id, _link, outbound, options, logger));
        _functions = new ClientFunctions(clock.Time, options, grains, _connections, outbound, _link);
        var cluster = grains.GetGrain<IClusterGrain>(0);
        Cache = new OrleansCache(
            settings.Cache, grains, command => new(cluster.ExecuteAsync(command)), logging.CreateLogger<OrleansCache>());
        Topics = new ClientTopics(settings.Topics, grains, _connections);
        events.Attach(_link);
    }

    public string Name => "orleans client";

    public string Storage => "the cluster's";

    public ICacheEngine Cache { get; }

    public ITopicEngine Topics { get; }

    public IFunctionEngine Functions => _functions;

    /// <summary>Costs nothing: the cluster learns of a connection when it has to.</summary>
    public ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info)
    {
        _connections.Open(connection);
        return default;
    }

    public ValueTask CloseAsync(ConnectionId connection) => _connections.CloseAsync(connection);

    public ValueTask DisposeAsync() => new(_link.StopAsync(CancellationToken.None));

    Task ISessionUser.RestoreAsync(RemoteSession session) => _connections.RestoreAsync(session);

    void ISessionUser.Happened(RemoteSession session, SessionEvent happened)
    {
        switch (happened)
        {
            case SessionEvent.Delivered delivered:
                if (session.Subscriptions.TryGetValue(delivered.Subscription, out var reader))
                    reader.Deliver(delivered.Items);
                break;
            case SessionEvent.SubscriptionEnded ended:
                if (session.Subscriptions.TryRemove(ended.Subscription, out var subscription))
                    subscription.Connection.End(subscription, ended.Error, ended.Message);
                break;
            case SessionEvent.Invoked invoked:
                _functions.Invoke(session, invoked);
                break;
            case SessionEvent.InvocationCancelled cancelled:
                _functions.CancelInvocation(session, cancelled);
                break;
            case SessionEvent.Reported reported:
                _functions.Report(session, reported);
                break;
            case SessionEvent.CallEnded answered:
                ClientFunctions.End(session, answered);
                break;
        }
    }

    void ISessionUser.Lost(RemoteSession session) => _functions.Lost(session);
}
