using Grains.Engine;

namespace Grains.Tests.Contracts;

/// <summary>An engine's topics with the clock and the connections they run on, and the verbs that most contract tests begin with.</summary>
public sealed class TopicsUnderTest : IAsyncDisposable
{
    private readonly Func<ValueTask> _dispose;

    public TopicsUnderTest(
        ITopicEngine topics,
        ManualTime time,
        RecordingConnections connections,
        Action<ConnectionId> open,
        Action<ConnectionId> close,
        Func<ValueTask> dispose)
    {
        ArgumentNullException.ThrowIfNull(connections);
        (Topics, Time, Connections, Open, Close, _dispose) = (topics, time, connections, open, close, dispose);
        connections.Attach(topics);
    }

    public ITopicEngine Topics { get; }

    public ManualTime Time { get; }

    public RecordingConnections Connections { get; }

    public Action<ConnectionId> Open { get; }

    public Action<ConnectionId> Close { get; }

    public ConnectionId Connect(string name)
    {
        var connection = new ConnectionId(name);
        Open(connection);
        return connection;
    }

    /// <summary>A subscription command for plain patterns.</summary>
    public static SubscribeCommand To(string subscriptionId, params IEnumerable<string> patterns) =>
        new(subscriptionId, [.. patterns.Select(pattern => new TopicPattern(pattern))]);

    /// <summary>Subscribes and activates, and expects that to succeed.</summary>
    public async Task<RecordedSubscription> SubscribeAsync(ConnectionId connection, SubscribeCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        await AcknowledgedAsync(connection, command);
        await Topics.ActivateAsync(connection, command.SubscriptionId);
        return Connections.Of(connection, command.SubscriptionId);
    }

    /// <summary>Subscribes, does not activate, and expects success.</summary>
    public async Task<SubscribeReply> AcknowledgedAsync(ConnectionId connection, SubscribeCommand command)
    {
        var reply = await Topics.SubscribeAsync(connection, command);
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Message));
        return reply;
    }

    /// <summary>Publishes a JSON payload as the server itself, or as a connection, and expects success.</summary>
    public async Task<PublishReply> PublishAsync(string topic, string json, ConnectionId publisher = default, string? opId = null)
    {
        var reply = await Topics.PublishAsync(publisher, new TopicMessage(topic, Value.Json(json)), opId);
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Message));
        return reply;
    }

    /// <summary>Publishes the numbers from <paramref name="from"/> up to, not including, <paramref name="to"/>. On a fresh topic that starts
    /// with 0 each payload is its own offset.</summary>
    public async Task<IReadOnlyList<PublishReply>> PublishAsync(string topic, int from, int to)
    {
        var replies = new List<PublishReply>();
        for (var number = from; number < to; number++)
            replies.Add(await PublishAsync(topic, $"{number}"));
        return replies;
    }

    /// <summary>Uses up a connection's credit with one large message, so that what follows has to queue until it is released.</summary>
    public async Task StallAsync(ConnectionId connection)
    {
        Connections.Hold(connection);
        var topic = $"stall.{connection}";
        var stall = await SubscribeAsync(connection, To("stall", topic));
        await PublishAsync(topic, $"\"{new string('x', (int)DeliveryCredit.InitialBytes)}\"");
        await stall.WaitAsync(1);
    }

    /// <summary>Runs an operation on a topic and expects success.</summary>
    public async Task<TopicReply> ExecuteAsync(TopicCommand command)
    {
        var reply = await Topics.ExecuteAsync(command);
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Message));
        return reply;
    }

    public Task<TopicReply> CreateAsync(string topic, TopicRetention? retention = null) =>
        ExecuteAsync(new TopicCommand("create", topic) { Retention = retention });

    public async Task<TopicDescription> DescribeAsync(string topic) =>
        Assert.Single((await ExecuteAsync(new TopicCommand("describe", topic))).Topics);

    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        await _dispose();
    }
}
