using System.Runtime.CompilerServices;

namespace Grains;

/// <summary>The typed verbs of topics: publish and subscribe. Request and reply are in <see cref="TopicRequestExtensions"/>.</summary>
public static class TopicExtensions
{
    /// <summary>Publishes a value: as JSON; a byte array as bytes; a <see cref="Value"/> as it is.</summary>
    /// <param name="topics">The topics.</param>
    /// <param name="topic">The topic's name: words between dots.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="headers">Headers that subscribers see, or null.</param>
    /// <param name="opId">A retry with the same id within five minutes publishes nothing and gets the first answer.</param>
    /// <param name="cancellationToken">Stops the wait; the outcome is then unknown.</param>
    /// <exception cref="GrainsException">The server refused.</exception>
    public static async ValueTask<PublishReply> PublishAsync<T>(this ITopics topics, string topic, T payload,
        IReadOnlyDictionary<string, string>? headers = null, string? opId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var message = new TopicMessage(topic, TypedValue.Of(payload)) { Headers = headers is null ? Value.None : Value.From(headers) };
        return (await topics.PublishAsync(message, opId, cancellationToken).ConfigureAwait(false)).ThrowIfError();
    }

    /// <summary>Subscribes to a pattern (<c>*</c> one word, <c>#</c> any number of words) and returns once the server has acknowledged.</summary>
    /// <exception cref="GrainsException">The server refused.</exception>
    public static ValueTask<ITopicSubscription> SubscribeAsync(this ITopics topics, string pattern, TopicStart start = default,
        string subscriber = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var command = new SubscribeCommand(Guid.NewGuid().ToString("N"), [new TopicPattern(pattern)]) { Subscriber = subscriber };
        return topics.SubscribeAsync(start.ApplyTo(command), cancellationToken);
    }

    /// <summary>Subscribes to a pattern and gives the messages as they come; ending the enumeration unsubscribes.
    /// What was missed is not shown here: <see cref="SubscribeAsync"/> gives the gaps too.</summary>
    /// <exception cref="GrainsException">The server refused, or ended the subscription, or a payload does not fit T
    /// (<see cref="ErrorCode.IncompatibleTypes"/>, with its topic and offset).</exception>
    public static async IAsyncEnumerable<ReceivedMessage<T>> MessagesAsync<T>(this ITopics topics, string pattern, TopicStart start = default,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var subscription = await topics.SubscribeAsync(pattern, start, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using var _ = ((IAsyncDisposable)subscription).ConfigureAwait(false);
        await foreach (var message in subscription.MessagesAsync<T>(cancellationToken).ConfigureAwait(false))
            yield return message;
    }

    /// <summary>The messages of a subscription, read as T, without its gaps.</summary>
    /// <exception cref="GrainsException">The server ended the subscription, or a payload does not fit T.</exception>
    public static async IAsyncEnumerable<ReceivedMessage<T>> MessagesAsync<T>(this ITopicSubscription subscription,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        await foreach (var delivery in subscription.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (delivery.Record is { } record)
                yield return new ReceivedMessage<T>(delivery.Topic, Payload<T>(delivery.Topic, record), delivery.Epoch, record, delivery.Backlog);
        }
    }

    /// <summary>A message's payload as T.</summary>
    /// <exception cref="GrainsException">It does not fit T; topic and offset are named.</exception>
    internal static T? Payload<T>(string topic, TopicRecord record) => TypedValue.Read<T, (string Topic, long Offset)>(
        record.Message.Payload, (topic, record.Offset), static place => $"The message of topic {place.Topic} at offset {place.Offset}");

    /// <summary>Declares a topic with its own retention.</summary>
    /// <exception cref="GrainsException"><see cref="ErrorCode.TopicExists"/> unless <paramref name="update"/>.</exception>
    public static async ValueTask<TopicDescription> CreateAsync(this ITopics topics, string topic, TopicRetention? retention = null,
        bool update = false, CancellationToken cancellationToken = default) =>
        (await RunAsync(topics, new TopicCommand("create", topic) { Retention = retention ?? TopicRetention.Default, Update = update },
            cancellationToken)
            .ConfigureAwait(false)).Topics[0];

    /// <summary>What is known of a topic; null when there is none.</summary>
    public static async ValueTask<TopicDescription?> DescribeAsync(this ITopics topics, string topic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var reply = await topics.ExecuteAsync(new TopicCommand("describe", topic), cancellationToken).ConfigureAwait(false);
        return reply.Error == ErrorCode.TopicNotFound ? null : reply.ThrowIfError().Topics[0];
    }

    /// <summary>The topics whose names match a pattern, piece by piece.</summary>
    public static async IAsyncEnumerable<TopicDescription> ListAsync(this ITopics topics, string pattern = "#",
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var command = new TopicCommand("list", "") { Pattern = pattern };
        do
        {
            var reply = await RunAsync(topics, command, cancellationToken).ConfigureAwait(false);
            foreach (var topic in reply.Topics)
                yield return topic;
            command = command with { Cursor = reply.Cursor };
        }
        while (command.Cursor is not null);
    }

    /// <summary>Removes the messages below an offset.</summary>
    /// <returns>Messages removed.</returns>
    public static async ValueTask<long> TrimAsync(this ITopics topics, string topic, long before, CancellationToken cancellationToken = default) =>
        (await RunAsync(topics, new TopicCommand("trim", topic) { Before = before }, cancellationToken).ConfigureAwait(false)).AffectedCount;

    public static async ValueTask DeleteAsync(this ITopics topics, string topic, CancellationToken cancellationToken = default) =>
        await RunAsync(topics, new TopicCommand("delete", topic), cancellationToken).ConfigureAwait(false);

    /// <summary>Who subscribes to a topic now.</summary>
    public static async ValueTask<IReadOnlyList<SubscriberInfo>> PresenceAsync(
        this ITopics topics, string topic, CancellationToken cancellationToken = default) =>
        (await RunAsync(topics, new TopicCommand("presence", topic), cancellationToken).ConfigureAwait(false)).Subscribers;

    /// <summary>Returns the reply, or throws what it refuses with.</summary>
    public static PublishReply ThrowIfError(this PublishReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Error == ErrorCode.None ? reply : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
    }

    /// <inheritdoc cref="ThrowIfError(PublishReply)"/>
    public static TopicReply ThrowIfError(this TopicReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Error == ErrorCode.None ? reply : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
    }

    private static async ValueTask<TopicReply> RunAsync(ITopics topics, TopicCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return (await topics.ExecuteAsync(command, cancellationToken).ConfigureAwait(false)).ThrowIfError();
    }
}
