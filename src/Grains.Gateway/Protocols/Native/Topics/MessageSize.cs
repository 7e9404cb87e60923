using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>
/// Whether a published message can be told to a subscriber in one message. What a notification adds to it (the ids, the place) has
/// its own room: subscription ids are bounded, and the message's id, which is told twice, is counted twice.
/// </summary>
internal static class MessageSize
{
    private const int HeadroomBytes = 16 * 1024;

    /// <summary>Names of members, numbers and what else does not depend on the message.</summary>
    private const int FixedBytes = 256;

    /// <summary>What the message's part of a notification may have: 16 KiB less than a message, but at least three quarters of it.</summary>
    public static int BytesMax(int messageBytesMax) => messageBytesMax - Math.Min(HeadroomBytes, messageBytesMax / 4);

    /// <summary>Why a message cannot be published; null when it can.</summary>
    public static string? FaultOf(TopicMessage message, int messageBytesMax)
    {
        var bytesMax = BytesMax(messageBytesMax);
        return AtMost(message) <= bytesMax || Exactly(message) <= bytesMax
            ? null
            : $"The message is longer than its notifications may be: together with its id and headers it may have {bytesMax} bytes as JSON.";
    }

    /// <summary>A bound that takes no look at the text.</summary>
    private static long AtMost(TopicMessage message)
    {
        var chars = (long)message.Topic.Length + (2L * (message.MessageId?.Length ?? 0)) + (message.Publisher?.Length ?? 0);
        if (message.Payload.Kind == ValueKind.Text)
            chars += message.Payload.Bytes.Length;
        var payload = message.Payload.Kind == ValueKind.Text ? 0 : EncodedSize.Of(message.Payload);
        return FixedBytes + (EncodedSize.CharBytesMax * chars) + payload + message.Headers.Bytes.Length;
    }

    private static long Exactly(TopicMessage message) => FixedBytes + EncodedSize.Of(message.Topic) + (2 * EncodedSize.Of(message.MessageId))
        + EncodedSize.Of(message.Publisher) + EncodedSize.Of(message.Payload) + message.Headers.Bytes.Length;
}
