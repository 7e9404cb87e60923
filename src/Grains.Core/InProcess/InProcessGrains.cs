using Grains.Connections;
using Grains.Engine;
using Grains.Functions;

namespace Grains.InProcess;

/// <summary>
/// The user API over an engine in this process, with no wire between: what a program gets that hosts the grains itself. It takes part
/// as connections of its own (one for itself, one for each subscription, so that a slow reader holds up nobody else), and others
/// see it as such: they call the functions it offers and count among the receivers of what it publishes. It is part of the server, so
/// names that are the server's (<c>system.…</c>) are not refused to it.
/// </summary>
public sealed class InProcessGrains : IGrains, IAsyncDisposable
{
    private readonly InProcessUser _user;
    private readonly InProcessTopics _topics;

    /// <param name="engine">The engine; it must outlive this.</param>
    /// <param name="connections">The engine's outbound port.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="functions">The limits of calls.</param>
    public InProcessGrains(IEngine engine, ConnectionTable connections, TimeProvider time, FunctionOptions functions)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(functions);
        _user = new InProcessUser(engine, connections);
        Cache = new InProcessCache(engine.Cache);
        Topics = _topics = new InProcessTopics(engine, connections, _user);
        Functions = new InProcessFunctions(engine, _user, time, functions);
    }

    public ICache Cache { get; }

    public ITopics Topics { get; }

    public IFunctions Functions { get; }

    /// <summary>Ends the subscriptions, withdraws the functions and cancels the calls made here.</summary>
    public async ValueTask DisposeAsync()
    {
        await _topics.DisposeAsync().ConfigureAwait(false);
        await _user.DisposeAsync().ConfigureAwait(false);
    }
}
