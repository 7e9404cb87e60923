namespace Grains;

/// <summary>The typed verbs of topics.</summary>
public static class TopicExtensions
{
    /// <summary>Publishes a .NET object as JSON.</summary>
    /// <exception cref="GrainsException">The server refused.</exception>
    public static async ValueTask<PublishReply> PublishAsync<T>(this ITopics topics, string topic, T payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var reply = await topics.PublishAsync(new TopicMessage(topic, Value.From(payload)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return reply.Error == ErrorCode.None ? reply : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
    }
}
