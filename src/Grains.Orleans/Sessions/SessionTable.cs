using System.Collections.Concurrent;
using Grains.Connections;
using Grains.Engine;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Sessions;

/// <summary>The sessions of this silo. They end before anything else of it does, and while their clients can still reach it: those go to another
/// silo, if there is one, and let the calls end that run.</summary>
internal sealed class SessionTable : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<Guid, ClientSession> _sessions = new();
    private readonly Silos _silos;
    private volatile bool _stopping;

    public SessionTable(
        OrleansEngine engine, ConnectionTable connections, Silos silos, ClientSessionOptions options, EngineClock clock,
        ILogger<SessionTable> logger)
    {
        _silos = silos;
        options.Validate();
        Engine = engine;
        Connections = connections;
        Options = options;
        Time = clock.Time;
        Logger = logger;
    }

    public IEngine Engine { get; }

    public ConnectionTable Connections { get; }

    public ClientSessionOptions Options { get; }

    /// <summary>The engine's clock.</summary>
    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public int Count => _sessions.Count;

    /// <param name="id">Of the session.</param>
    /// <param name="client">The name that the client gives itself.</param>
    /// <param name="ended">Told when it has ended.</param>
    /// <param name="session">The session; null when it is refused.</param>
    public SessionWelcome Open(Guid id, string client, Action ended, out ClientSession? session)
    {
        session = null;
        if (_stopping)
            return new SessionWelcome(ErrorCode.ShuttingDown, "The silo is stopping.", default);
        if (_sessions.Count >= Options.SessionsMax)
            return new SessionWelcome(ErrorCode.TooManyConnections, $"The silo has {Options.SessionsMax} sessions.", default);
        session = new ClientSession(id, client, this, ended);
        _sessions[id] = session;
        // It may have begun to stop meanwhile.
        if (_stopping)
            _ = session.EndAsync();
        return Welcome;
    }

    public SessionWelcome Welcome => new(ErrorCode.None, null, Options.PollTimeMax);

    public void Forget(ClientSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Id, session));

    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(SessionTable), ServiceLifecycleStage.Last, static _ => Task.CompletedTask, StopAsync);

    private Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        // A silo that is killed has no time; its clients find out.
        if (cancellationToken.IsCancellationRequested)
            return Task.CompletedTask;
        var within = _silos.Active.Count > 1 ? Options.LeaveTimeMax : TimeSpan.Zero;
        return Task.WhenAll(_sessions.Values.Select(session => session.LeaveAsync(within, cancellationToken)));
    }
}
