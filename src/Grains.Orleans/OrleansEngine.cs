using Grains.Engine;
using Grains.Orleans.Cache;
using Grains.Orleans.Functions;
using Grains.Orleans.Topics;

namespace Grains.Orleans;

/// <summary>The engine of one silo: its connections' way to the keys, topics and functions of the whole cluster.</summary>
internal sealed class OrleansEngine(OrleansCache cache, OrleansTopics topics, OrleansFunctions functions) : IEngine
{
    public string Name => "orleans";

    public string Storage => "memory";

    public ICacheEngine Cache => cache;

    public ITopicEngine Topics => topics;

    public IFunctionEngine Functions => functions;

    public ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info)
    {
        topics.OpenConnection(connection);
        functions.OpenConnection(connection);
        return default;
    }

    public ValueTask CloseAsync(ConnectionId connection) =>
        new(Task.WhenAll(topics.CloseConnectionAsync(connection).AsTask(), functions.CloseConnectionAsync(connection).AsTask()));

    /// <summary>The parts belong to the silo and end with it.</summary>
    public ValueTask DisposeAsync() => default;
}
