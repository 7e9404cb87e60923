namespace Grains.Client;

/// <summary>The client's own limits.</summary>
public sealed class GrainsClientLimits
{
    /// <summary>Longest message sent or received, in bytes; a longer request fails with <see cref="ErrorCode.MessageTooLarge"/>.</summary>
    public int MessageBytesMax { get; init; } = 20 * 1024 * 1024;

    /// <summary>Messages waiting to be sent; further callers wait their turn.</summary>
    public int SendQueueMessagesMax { get; init; } = 1_000;

    /// <summary>Calls and graphs in flight; further ones wait their turn. A server refuses more than its own limit (1,000 by default)
    /// with <see cref="ErrorCode.TooManyCalls"/>.</summary>
    public int CallsInFlightMax { get; init; } = 1_000;

    /// <summary>Messages a subscription holds for its reader; what comes beyond is read later from the topic's log.</summary>
    public int SubscriptionMessagesMax { get; init; } = 1_000;

    /// <summary>Bytes a subscription holds for its reader, but at least one message.</summary>
    public long SubscriptionBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Items of a streamed result held for its reader; beyond, the call ends with <see cref="ErrorCode.SlowReader"/>.</summary>
    public int StreamItemsMax { get; init; } = 10_000;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MessageBytesMax, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(SendQueueMessagesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CallsInFlightMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SubscriptionMessagesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SubscriptionBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StreamItemsMax, 1);
    }
}
