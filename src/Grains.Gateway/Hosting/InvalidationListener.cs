using System.Text.Json;
using Grains.Gateway.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Hosting;

/// <summary>
/// With <c>Grains:InvalidationTopics</c>: messages on <c>cache.invalidation.pattern.…</c>, <c>{"pattern":"ml.*","namespace":"models"}</c>, remove
/// what matches.
/// A message of another form is told in the log and does nothing.
/// </summary>
internal sealed partial class InvalidationListener(GrainsSettings settings, IGrains grains, ILogger<InvalidationListener> logger) : BackgroundService
{
    private ITopicSubscription? _subscription;

    /// <summary>Subscribes before the first client is let in.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!settings.Grains.InvalidationTopics)
            return;
        _subscription = await grains.Topics.SubscribeAsync(
            new SubscribeCommand("invalidation", [new TopicPattern("cache.invalidation.pattern.#")])
            {
                Subscriber = "grains", Rule = SlowReaderRule.Lag,
            },
            cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var subscription = _subscription!;
        await foreach (var delivery in subscription.WithCancellation(stoppingToken))
        {
            if (delivery.Record is { } record)
                await InvalidateAsync(record.Message, stoppingToken);
        }
    }

    private async Task InvalidateAsync(TopicMessage message, CancellationToken cancellationToken)
    {
        if (Read(message.Payload) is not { } command)
        {
            Log.NotUnderstood(logger, message.Topic);
            return;
        }

        var reply = await grains.Cache.ExecuteAsync(command, cancellationToken);
        if (reply.Error != ErrorCode.None)
            Log.Refused(logger, message.Topic, reply.Message ?? reply.Error.ToString());
    }

    private static NamespaceCommand? Read(Value payload)
    {
        if (payload.Kind != ValueKind.Json)
            return null;
        try
        {
            using var json = JsonDocument.Parse(payload.Bytes, new JsonDocumentOptions { MaxDepth = GatewayLimits.JsonDepthBound });
            if (json.RootElement.ValueKind != JsonValueKind.Object || Text(json.RootElement, "pattern") is not { } pattern)
                return null;
            return new NamespaceCommand("invalidate", Text(json.RootElement, "namespace") ?? "") { Pattern = pattern };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Text with half a surrogate pair is JSON and yet no text: nobody's pattern.
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static partial class Log
    {
        [LoggerMessage(210, LogLevel.Warning, "A message on {Topic} has no pattern to invalidate")]
        public static partial void NotUnderstood(ILogger logger, string topic);

        [LoggerMessage(211, LogLevel.Warning, "The invalidation on {Topic} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string topic, string reason);
    }
}
