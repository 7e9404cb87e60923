using Grains.Client.Cache;
using Grains.Client.Connections;
using Grains.Client.Functions;
using Grains.Client.Topics;
using Grains.Client.Wire;

namespace Grains.Client;

/// <summary>
/// A client of a Grains server over ws, wss, tcp or tcps: the user API with one connection under it that is made anew when it is lost.
/// Subscriptions go on where they stood, functions are offered again, requests made meanwhile wait. One client serves a whole program;
/// all its members may be used from many threads at once. Requests on one key or topic take effect in the order they were made.
/// </summary>
public sealed class GrainsClient : IGrains, IAsyncDisposable
{
    private readonly Session _session;
    private readonly SubscriptionTable _subscriptions = new();
    private readonly WireFunctions _functions;

    /// <summary>Makes a client, which begins to connect at once; <see cref="ConnectAsync(CancellationToken)"/> waits for that.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; it is named.</exception>
    public GrainsClient(GrainsClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _session = new Session(options);
        var offers = new OfferTable(_session, options);
        var opIds = new OpIds(options.Time);
        Cache = new WireCache(_session, options, opIds);
        Topics = new WireTopics(_session, _subscriptions, options, opIds);
        _functions = new WireFunctions(_session, offers, options);
        _session.Start(new SessionParts(_subscriptions, offers));
    }

    public ICache Cache { get; }

    public ITopics Topics { get; }

    public IFunctions Functions => _functions;

    /// <summary>There is a connection now.</summary>
    public bool IsConnected => _session.Current is not null;

    /// <summary>The server's name for the present connection, to which calls can be addressed; none while there is no connection.</summary>
    public ConnectionId ConnectionId => _session.Current is { } connection ? new ConnectionId(connection.Server.ConnectionId) : default;

    public GrainsClientStatistics Statistics => _session.Counters.Snapshot();

    internal Session Session => _session;

    /// <summary>Makes a client and waits until it is connected.</summary>
    /// <exception cref="GrainsException">The credentials were refused, or the server's certificate is not trusted.</exception>
    /// <exception cref="OperationCanceledException">There was no connection before the token was cancelled; servers that cannot be
    /// reached are tried until then, without it for ever. The message names the address, and the last failure is inside.</exception>
    public static async Task<GrainsClient> ConnectAsync(GrainsClientOptions options, CancellationToken cancellationToken = default)
    {
        var client = new GrainsClient(options);
        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a client of one endpoint with default settings and waits until it is connected.</summary>
    /// <inheritdoc cref="ConnectAsync(GrainsClientOptions, CancellationToken)"/>
    public static Task<GrainsClient> ConnectAsync(string endpoint, CancellationToken cancellationToken = default) =>
        ConnectAsync(new GrainsClientOptions(endpoint), cancellationToken);

    /// <summary>Makes a client of several endpoints with default settings and waits until it is connected.</summary>
    /// <inheritdoc cref="ConnectAsync(GrainsClientOptions, CancellationToken)"/>
    public static Task<GrainsClient> ConnectAsync(params IReadOnlyList<string> endpoints) => ConnectAsync(new GrainsClientOptions(endpoints));

    /// <summary>Waits until there is a connection.</summary>
    /// <inheritdoc cref="ConnectAsync(GrainsClientOptions, CancellationToken)"/>
    public async Task ConnectAsync(CancellationToken cancellationToken = default) =>
        await _session.ConnectAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Ends subscriptions, cancels the calls that run here and waits for them, fails what is in flight, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscriptions.EndAll();
        await _session.DisposeAsync().ConfigureAwait(false);
        // Those that were begun between.
        _subscriptions.EndAll();
    }

    private sealed class SessionParts(SubscriptionTable subscriptions, OfferTable offers) : ISessionParts
    {
        public void Restore(Connection connection)
        {
            // Functions first, so that what a resumed subscription sets off can be called.
            offers.Restore(connection);
            subscriptions.Restore(connection);
        }

        // What an older connection accepted during Restore, and a subscription that was leaving it, or was full; the others have been asked.
        public void Restored(Connection connection) => Restore(connection);

        public void OnMessage(Connection connection, in Incoming incoming)
        {
            switch (incoming.Kind)
            {
                case IncomingKind.Notification or IncomingKind.Gap or IncomingKind.SubscriptionEnded:
                    subscriptions.OnMessage(connection, incoming);
                    break;
                case IncomingKind.Invoke:
                    offers.Invoke(connection, FunctionResponseReader.Invoke(incoming.Message));
                    break;
                case IncomingKind.CancelInvocation:
                    offers.Cancel(incoming.Name);
                    break;
                default:
                    // A role of a later server: the protocol's rule is to ignore what one does not know.
                    break;
            }
        }

        public void OnClosed(Connection connection, GrainsException? oversized)
        {
            offers.OnClosed(connection);
            if (oversized is not null)
                subscriptions.EndOn(connection, oversized);
        }
    }
}
