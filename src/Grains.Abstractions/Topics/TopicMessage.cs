namespace Grains;

/// <summary>A message as its publisher made it. Immutable.</summary>
public sealed record TopicMessage(string Topic, Value Payload)
{
    /// <summary>The publisher's own id of the message; the server fills in a fresh one when absent.</summary>
    public string? MessageId { get; init; }

    /// <summary>The name the publisher gives itself.</summary>
    public string? Publisher { get; init; }

    /// <summary>The publisher's clock, seconds of the Unix epoch; filled with the server's when absent.</summary>
    public double? Timestamp { get; init; }

    /// <summary>A JSON object of headers (<c>reply_to</c>, <c>correlation_id</c>, <c>content_type</c>, …), or none.</summary>
    public Value Headers { get; init; }

    /// <summary>A record key for protocols that have one, or none.</summary>
    public Value Key { get; init; }
}
