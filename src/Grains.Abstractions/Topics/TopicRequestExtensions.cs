using System.Text.Json;

namespace Grains;

/// <summary>
/// Request and reply over topics: the request carries the headers <c>reply_to</c> and <c>correlation_id</c>, the reply is published to the
/// one with the other. Any number of repliers may listen; the first answer counts.
/// </summary>
public static class TopicRequestExtensions
{
    /// <summary>Publishes a request and waits for its first reply.</summary>
    /// <param name="topics">The topics.</param>
    /// <param name="topic">Where the repliers listen.</param>
    /// <param name="payload">The request.</param>
    /// <param name="timeout">How long to wait for the reply; null: 30 s.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="GrainsException"><see cref="ErrorCode.Timeout"/>: nobody replied in time.</exception>
    public static async ValueTask<TReply?> RequestAsync<TRequest, TReply>(this ITopics topics, string topic, TRequest payload,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waiting.CancelAfter(timeout ?? TimeSpan.FromSeconds(30));
        try
        {
            return await RequestAsync<TRequest, TReply>(topics, topic, payload, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GrainsException(ErrorCode.Timeout, $"Nobody replied to the request on {topic} in time.");
        }
    }

    /// <summary>Publishes the reply to a request that a subscription gave.</summary>
    /// <exception cref="InvalidOperationException">The message has no <c>reply_to</c>.</exception>
    public static ValueTask<PublishReply> ReplyAsync<T>(
        this ITopics topics, TopicMessage request, T payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var replyTo = Header(request, "reply_to") ?? throw new InvalidOperationException("The message is no request: it has no header reply_to.");
        var headers = Header(request, "correlation_id") is { } id ? new Dictionary<string, string> { ["correlation_id"] = id } : null;
        return topics.PublishAsync(replyTo, payload, headers, cancellationToken: cancellationToken);
    }

    private static async ValueTask<TReply?> RequestAsync<TRequest, TReply>(
        ITopics topics, string topic, TRequest payload, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var replyTo = "reply." + id;
        var command = new SubscribeCommand(id, [new TopicPattern(replyTo, Exact: true)]);
        var replies = await topics.SubscribeAsync(command, cancellationToken).ConfigureAwait(false);
        await using var _ = ((IAsyncDisposable)replies).ConfigureAwait(false);
        var headers = new Dictionary<string, string> { ["reply_to"] = replyTo, ["correlation_id"] = id };
        await topics.PublishAsync(topic, payload, headers, cancellationToken: cancellationToken).ConfigureAwait(false);
        await foreach (var reply in replies.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (reply.Record is { } record)
                return TopicExtensions.Payload<TReply>(reply.Topic, record);
        }

        throw new GrainsException(ErrorCode.ConnectionLost, $"The subscription to the replies of the request on {topic} ended.");
    }

    private static string? Header(TopicMessage message, string name)
    {
        if (message.Headers.Kind != ValueKind.Json)
            return null;
        using var headers = JsonDocument.Parse(message.Headers.Bytes);
        return headers.RootElement.ValueKind == JsonValueKind.Object && headers.RootElement.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }
}
