using Grains.Engine;
using Grains.Functions;

namespace Grains.Local;

/// <summary>
/// The engine of one process: nothing to install, no cluster, each grain's operation a method call under that grain's own turn. Cache and topic
/// calls complete synchronously. Composed of its three parts, which know each other only through the ports.
/// </summary>
public sealed class LocalEngine : IEngine
{
    private readonly LocalCache _cache;
    private readonly LocalTopics _topics;
    private readonly LocalFunctions _functions;

    /// <param name="settings">The limits of the three parts; must be valid.</param>
    /// <param name="time">The only clock.</param>
    /// <param name="connections">The outbound port.</param>
    /// <param name="functions">The .NET functions of this process.</param>
    public LocalEngine(EngineSettings settings, TimeProvider time, IConnections connections, FunctionTable functions)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _topics = new LocalTopics(settings.Topics, time, connections);
        _cache = new LocalCache(settings.Cache, time, _topics);
        _functions = new LocalFunctions(settings.Functions, time, connections, functions, settings.Node);
    }

    public string Name => "local";

    public string Storage => "memory";

    public ICacheEngine Cache => _cache;

    public ITopicEngine Topics => _topics;

    public IFunctionEngine Functions => _functions;

    public ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info)
    {
        _topics.OpenConnection(connection, info);
        _functions.OpenConnection(connection);
        return default;
    }

    public ValueTask CloseAsync(ConnectionId connection)
    {
        _topics.CloseConnection(connection);
        _functions.CloseConnection(connection);
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _functions.Dispose();
        _cache.Dispose();
        _topics.Dispose();
        return default;
    }
}
