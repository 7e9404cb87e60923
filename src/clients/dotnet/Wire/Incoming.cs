namespace Grains.Client.Wire;

/// <summary>What a message of the server is for.</summary>
internal enum IncomingKind
{
    Unknown,

    /// <summary>Answers the request <see cref="Incoming.Request"/>.</summary>
    Answer,

    /// <summary>A streamed item of the call <see cref="Incoming.Request"/>.</summary>
    Progress,

    /// <summary>A message for the subscription <see cref="Incoming.Name"/>.</summary>
    Notification,

    /// <summary>What the subscription <see cref="Incoming.Name"/> missed.</summary>
    Gap,

    /// <summary>The server has ended the subscription <see cref="Incoming.Name"/>.</summary>
    SubscriptionEnded,

    /// <summary>A call to run here.</summary>
    Invoke,

    /// <summary>The call <see cref="Incoming.Name"/> is no longer wanted.</summary>
    CancelInvocation,

    /// <summary>The server is stopping.</summary>
    Goodbye,
}

/// <summary>A message of the server with its envelope read: what it is for and whom it concerns.</summary>
internal readonly record struct Incoming(IncomingKind Kind, long Request, string? Name, ReadOnlyMemory<byte> Message)
{
    /// <summary>Requests are answered with their <c>u</c>, or by acknowledgements with their <c>operation_id</c>.</summary>
    /// <exception cref="System.Text.Json.JsonException">The bytes are no JSON object.</exception>
    public static Incoming Read(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        ReadOnlyMemory<byte> role = default, u = default, operation = default, subscription = default;
        while (reader.Next())
        {
            if (reader.Is("role"u8))
                role = reader.Raw;
            else if (reader.Is("u"u8))
                u = reader.Raw;
            else if (reader.Is("operation_id"u8))
                operation = reader.Raw;
            else if (reader.Is("subscription_id"u8))
                subscription = reader.Raw;
        }

        var kind = KindOf(JsonScalar.Text(role));
        return kind switch
        {
            IncomingKind.Answer => new(kind, IsAcknowledgement(role.Span) ? Id(operation) : Id(u), null, message),
            IncomingKind.Progress => new(kind, Id(u), null, message),
            IncomingKind.CancelInvocation => new(kind, 0, JsonScalar.Text(u), message),
            _ => new(kind, 0, JsonScalar.Text(subscription), message),
        };
    }

    private static IncomingKind KindOf(string? role) => role switch
    {
        "cache-response" or "rpc-response" or "topic-response" or "pubsub-ack" or "rpc-ack" or "hello" or "auth-ack" => IncomingKind.Answer,
        "pubsub-notification" => IncomingKind.Notification,
        "gap" => IncomingKind.Gap,
        "pubsub-ended" => IncomingKind.SubscriptionEnded,
        "rpc-progress" => IncomingKind.Progress,
        "rpc-invoke" => IncomingKind.Invoke,
        "rpc-cancel" => IncomingKind.CancelInvocation,
        "goodbye" => IncomingKind.Goodbye,
        _ => IncomingKind.Unknown,
    };

    private static bool IsAcknowledgement(ReadOnlySpan<byte> role) => role.SequenceEqual("\"pubsub-ack\""u8) || role.SequenceEqual("\"rpc-ack\""u8);

    /// <summary>This client's ids are numbers in a string; 0 is nobody's.</summary>
    private static long Id(ReadOnlyMemory<byte> raw) =>
        raw.Length > 2 && System.Buffers.Text.Utf8Parser.TryParse(raw.Span[1..^1], out long id, out var consumed) && consumed == raw.Length - 2
            ? id
            : 0;
}
