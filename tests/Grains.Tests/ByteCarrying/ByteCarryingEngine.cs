using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

/// <summary>
/// An engine as far away as another process: every call of every port, inbound and outbound, passes through bytes, so what does
/// not survive that cannot be relied on. Calls keep their order and end synchronously where the inner engine's do.
/// </summary>
public sealed class ByteCarryingEngine : IEngine
{
    private readonly IEngine _inner;

    /// <param name="connections">The real outbound port.</param>
    /// <param name="makeInner">Makes the inner engine over the outbound port that it is given.</param>
    public ByteCarryingEngine(IConnections connections, Func<IConnections, IEngine> makeInner)
    {
        ArgumentNullException.ThrowIfNull(makeInner);
        _inner = makeInner(new ByteCarryingConnections(connections));
        Cache = new ByteCarryingCache(_inner.Cache);
        Topics = new ByteCarryingTopics(_inner.Topics);
        Functions = new ByteCarryingFunctions(_inner.Functions);
    }

    public string Name => _inner.Name;

    public string Storage => _inner.Storage;

    public ICacheEngine Cache { get; }

    public ITopicEngine Topics { get; }

    public IFunctionEngine Functions { get; }

    public ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info) =>
        _inner.OpenAsync(Bytes.Carry(connection), Bytes.Carry(info));

    public ValueTask CloseAsync(ConnectionId connection) => _inner.CloseAsync(Bytes.Carry(connection));

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
